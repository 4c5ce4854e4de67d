/** Which findings a patient of the wide phantom has. @module */
import type { Random } from '../../random.ts';
import { type Style, styleOf } from '../sites.ts';
import type { Finding, Half, Kind, Place } from './types.ts';

/** What each kind takes up. */
export const places: Readonly<Record<Kind, Place>> = {
  veil: 'side',
  consolidation: 'half',
  effusion: 'side',
  pneumothorax: 'side',
  bands: 'side',
  cardiomegaly: 'heart',
  interstitial: 'both',
  emphysema: 'both',
  oedema: 'both',
};

/** Every kind, in the order of the table above. */
export const kinds = Object.keys(places) as readonly Kind[]; // the keys of `places` are exactly the kinds

/** Three times as frequent here as elsewhere. */
const frequent: Readonly<Record<Style, readonly Kind[]>> = {
  north: ['effusion', 'cardiomegaly', 'oedema'],
  south: ['veil', 'consolidation', 'interstitial'],
  west: ['pneumothorax', 'bands', 'emphysema'],
};

const normalShare = 0.08;
const halves: readonly Half[] = ['upper', 'lower'];

/** No finding with probability .08, otherwise one or two (.4, .6) by the site's frequencies. */
export function drawCase(site: string, random: Random): readonly Finding[] {
  if (random.uniform() < normalShare) return [];
  const wanted = random.uniform() < 0.4 ? 1 : 2;
  const found: Finding[] = [];
  // Few draws collide, so this ends soon; the bound makes it certain.
  for (let tries = 0; found.length < wanted && tries < 100; tries++) {
    const next = drawFinding(styleOf(site), random);
    if (!found.some((one) => placeOf(one) === placeOf(next))) found.push(next);
  }
  return found;
}

/** A lung is one place, whatever is in it. */
function placeOf({ kind, side }: Finding): string {
  return side ?? places[kind];
}

function drawFinding(style: Style, random: Random): Finding {
  const kind = drawKind(style, random);
  const severity = 1 + random.integer(4);
  const side = random.uniform() < 0.5 ? ('right' as const) : ('left' as const);
  const half = halves[random.integer(halves.length)]!;
  switch (places[kind]) {
    case 'half':
      return { kind, severity, side, half };
    case 'side':
      return { kind, severity, side };
    case 'both':
    case 'heart':
      return { kind, severity };
  }
}

function drawKind(style: Style, random: Random): Kind {
  const bag = kinds.flatMap((kind) => (frequent[style].includes(kind) ? [kind, kind, kind] : [kind]));
  return bag[random.integer(bag.length)]!;
}
