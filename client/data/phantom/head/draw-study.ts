/** Which findings a phantom patient has. @module */
import type { Random } from '../../random.ts';
import { kinds, places, regions, unpaired } from './profiles.ts';
import type { Finding, Kind, Side, SiteProfile } from './types.ts';

const normalShare = 0.15;

/** Findings of one patient are at least this far apart, in halves of the head. */
const apart = 0.42;

/** No finding with probability .15, otherwise one, two or three (.5, .35, .15) by the site's frequencies, well apart. */
export function drawFindings({ frequencies }: SiteProfile, random: Random): readonly Finding[] {
  if (random.uniform() < normalShare) return [];
  const dice = random.uniform();
  const wanted = dice < 0.5 ? 1 : dice < 0.85 ? 2 : 3;
  const found: Finding[] = [];
  // Few draws collide, so this ends soon; the bound makes it certain.
  for (let tries = 0; found.length < wanted && tries < 100; tries++) {
    const next = drawFinding(frequencies, random);
    if (found.every((one) => distance(one, next) >= apart)) found.push(next);
  }
  return found;
}

function drawFinding(frequencies: SiteProfile['frequencies'], random: Random): Finding {
  const kind = drawKind(frequencies, random);
  const region = regions[random.integer(regions.length)]!;
  const side: Side = random.uniform() < 0.5 ? 'right' : 'left';
  return unpaired.includes(region) ? { kind, region } : { kind, region, side };
}

function drawKind(frequencies: SiteProfile['frequencies'], random: Random): Kind {
  const total = kinds.reduce((sum, kind) => sum + frequencies[kind], 0);
  let left = random.uniform() * total;
  for (const kind of kinds) {
    left -= frequencies[kind];
    if (left < 0) return kind;
  }
  return 'cyst';
}

function distance(a: Finding, b: Finding): number {
  const [here, there] = [places[a.region], places[b.region]];
  const across = a.side === b.side ? here.x - there.x : here.x + there.x;
  return Math.hypot(across, here.y - there.y, here.z - there.z);
}
