/** Which findings a phantom patient has. @module */
import type { Random } from '../../random.ts';
import { kinds, places } from './profiles.ts';
import type { Finding, Kind, Side, SiteProfile, Zone } from './types.ts';

const normalShare = 0.12;
const zones: readonly Zone[] = ['upper', 'middle', 'lower'];

/** No finding with probability .12, otherwise one, two or three (.45, .35, .20) by the site's frequencies. */
export function drawCase(profile: SiteProfile, random: Random): readonly Finding[] {
  if (random.uniform() < normalShare) return [];
  const dice = random.uniform();
  const wanted = dice < 0.45 ? 1 : dice < 0.8 ? 2 : 3;
  const found: Finding[] = [];
  // Few draws collide, so this ends soon; the bound makes it certain.
  for (let tries = 0; found.length < wanted && tries < 100; tries++) {
    const next = drawFinding(profile, random);
    if (!found.some((one) => hides(one, next) || hides(next, one))) found.push(next);
  }
  return found;
}

function drawFinding(profile: SiteProfile, random: Random): Finding {
  const kind = drawKind(profile, random);
  const severity = 1 + random.integer(4);
  const side: Side = random.uniform() < 0.5 ? 'right' : 'left';
  const zone = zones[random.integer(zones.length)]!;
  switch (places[kind]) {
    case 'zone':
      return { kind, severity, side, zone };
    case 'side':
      return { kind, severity, side };
    case 'none':
      return { kind, severity };
  }
}

function drawKind(profile: SiteProfile, random: Random): Kind {
  const total = kinds.reduce((sum, kind) => sum + profile.frequencies[kind], 0);
  let left = random.uniform() * total;
  for (const kind of kinds) {
    left -= profile.frequencies[kind];
    if (left < 0) return kind;
  }
  return 'device';
}

/** Whether two findings cannot both be seen, or are of one kind at one place. */
function hides(a: Finding, b: Finding): boolean {
  if (a.kind === b.kind && places[a.kind] === 'none') return true;
  if (a.side === undefined || a.side !== b.side) return false;
  if (a.kind === b.kind && places[a.kind] === 'side') return true;
  if (a.zone !== undefined && a.zone === b.zone) return true;
  return a.kind === 'effusion' && (b.zone === 'lower' || b.kind === 'pneumothorax');
}
