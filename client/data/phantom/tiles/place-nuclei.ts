/** Where the nuclei of a tile lie: around lumens, or everywhere else. Places are in pixels. @module */
import type { Random } from '../../random.ts';
import type { Score } from './types.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The hole of a gland. */
export interface Lumen extends Place {
  readonly radius: number;
}

export interface Layout {
  readonly nuclei: readonly Place[];
  readonly lumens: readonly Lumen[];
}

/** From a lumen's edge to the middle of its ring of nuclei. */
const ringWidth = 2.8;

/** The nuclei of a square tile of `size` pixels: glands alone, glands and sheets, or sheets alone. */
export function placeNuclei(tubules: Score, size: number, random: Random): Layout {
  const lumens = drawLumens({ 1: 5, 2: 2, 3: 0 }[tubules], size, random);
  const rings = lumens.flatMap((lumen) => ringAround(lumen, random));
  if (tubules === 1) return { nuclei: rings, lumens };
  const outside = ({ x, y }: Place): boolean =>
    lumens.every((lumen) => Math.hypot(lumen.x - x, lumen.y - y) > lumen.radius + ringWidth + 3.5);
  return { nuclei: [...rings, ...sheet(size, random).filter(outside)], lumens };
}

/** Up to `count` lumens whose glands do not touch. */
function drawLumens(count: number, size: number, random: Random): readonly Lumen[] {
  const lumens: Lumen[] = [];
  for (let tries = 0; lumens.length < count && tries < 30; tries++) {
    const next = { x: size * random.uniform(), y: size * random.uniform(), radius: 5 + 2 * random.uniform() };
    const apart = (other: Lumen): boolean =>
      Math.hypot(other.x - next.x, other.y - next.y) > other.radius + next.radius + 9;
    if (lumens.every(apart)) lumens.push(next);
  }
  return lumens;
}

function ringAround({ x, y, radius }: Lumen, random: Random): readonly Place[] {
  const ring = radius + ringWidth;
  const count = Math.round((2 * Math.PI * ring) / 4.6);
  const phase = 2 * Math.PI * random.uniform();
  return Array.from({ length: count }, (_, i) => {
    const angle = phase + (2 * Math.PI * (i + 0.25 * random.normal())) / count;
    const away = ring + 0.5 * random.normal();
    return { x: x + away * Math.cos(angle), y: y + away * Math.sin(angle) };
  });
}

/** A grid that is shaken. */
function sheet(size: number, random: Random): readonly Place[] {
  const pitch = 6;
  const count = Math.ceil(size / pitch);
  return Array.from({ length: count * count }, (_, i) => ({
    x: pitch * ((i % count) + 0.5 + 0.28 * random.normal()),
    y: pitch * (Math.floor(i / count) + 0.5 + 0.28 * random.normal()),
  }));
}
