/** Which findings a phantom patient has. @module */
import type { Random } from '../../random.ts';
import { kinds } from './kinds.ts';
import type { Finding, KindOf, Side, SiteProfile, Zone } from './types.ts';

const normalShare = 0.08;
/** How often a patient who is not normal has one, two or three findings, added up. */
const countShares = [0.3, 0.7, 1];
/** How often a rare kind is drawn for one common kind. */
const rareWeight = 0.3;
const zones: readonly Zone[] = ['upper', 'middle', 'lower'];

/** No finding with probability .08, otherwise one to three (.30, .40, .30) by the site's frequencies. */
export function drawCase(profile: SiteProfile, random: Random): readonly Finding[] {
  if (random.uniform() < normalShare) return [];
  const dice = random.uniform();
  const wanted = 1 + countShares.findIndex((share) => dice < share);
  const found: Finding[] = [];
  // Few draws collide, so this ends soon; the bound makes it certain.
  for (let tries = 0; found.length < wanted && tries < 100; tries++) {
    const next = drawFinding(profile, random);
    if (!found.some((one) => hides(one, next))) found.push(next);
  }
  return found;
}

/** How often a kind is drawn at a site, up to a factor that all kinds have. */
export function frequencyOf(name: string, { group }: KindOf, { frequent }: SiteProfile): number {
  return (group === 'rare' ? rareWeight : 1) * (frequent.includes(name) ? 3 : 1);
}

/** What a finding takes up. */
export function regionsOf({ kind, side, zone }: Finding): readonly string[] {
  return kinds.get(kind)!.regions.map((region) => region.replace('{side}', side ?? '').replace('{zone}', zone ?? '')); // a kind of the table
}

function drawFinding(profile: SiteProfile, random: Random): Finding {
  const [kind, { place }] = drawKind(profile, random);
  const severity = 1 + random.integer(3);
  const side: Side = random.uniform() < 0.5 ? 'right' : 'left';
  const zone = zones[random.integer(zones.length)]!;
  switch (place) {
    case 'zone':
      return { kind, severity, side, zone };
    case 'side':
      return { kind, severity, side };
    case 'none':
      return { kind, severity };
  }
}

function drawKind(profile: SiteProfile, random: Random): readonly [string, KindOf] {
  const all = [...kinds];
  const weights = all.map(([name, kind]) => frequencyOf(name, kind, profile));
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => (left -= weight) < 0);
  return all.at(at)!; // the last one where rounding left a rest
}

/** Whether two findings cannot both be seen, or are of one kind. */
function hides(a: Finding, b: Finding): boolean {
  const taken = regionsOf(a);
  return a.kind === b.kind || regionsOf(b).some((region) => taken.includes(region));
}
