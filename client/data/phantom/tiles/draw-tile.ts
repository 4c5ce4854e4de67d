/**
 * A tile of stained tissue: how much haematoxylin and how much eosin lies at every pixel, and what a scanner makes of
 * it. Light is weakened by each stain as Beer and Lambert say.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { slowNoise, soft, square } from '../radiograph/field.ts';
import { blurred, toBytes, type VolumeSize, whiteNoise } from '../volume-field.ts';
import { type Lumen, placeNuclei, type Place } from './place-nuclei.ts';
import type { Slide, Stroma, Tissue } from './types.ts';

/** Pixels along one side. */
export const tileSize = 48;

const plane: VolumeSize = [1, tileSize, tileSize];

/** How much stain lies at each pixel. */
interface Stains {
  readonly haematoxylin: Float32Array;
  readonly eosin: Float32Array;
}

/** An ellipse of nuclear stain. */
interface Nucleus {
  readonly at: Place;
  readonly long: number;
  readonly short: number;
  readonly angle: number;
  readonly density: number;
}

/** `tileSize * tileSize` pixels of red, green and blue bytes. `gain` is how much the scores show, 1 as a rule. */
export function drawTile(tissue: Tissue, slide: Slide, gain: number, random: Random): Uint8Array {
  return scanned(stained(tissue, gain, random), slide, random);
}

function stained(tissue: Tissue, gain: number, random: Random): Stains {
  const stains = background(tissue.stroma, random);
  const { nuclei, lumens } = placeNuclei(tissue.tubules, tileSize, random);
  for (const { x, y, radius } of lumens) {
    dab(stains.eosin, { x, y }, 1.9 * radius, (near) => 0.22 * near);
    dab(stains.eosin, { x, y }, radius, (near) => -0.5 * near);
    dab(stains.haematoxylin, { x, y }, radius, (near) => -veil[tissue.stroma] * near);
  }
  const necrosis = tissue.necrosis === 1 ? undefined : drawNecrosis(stains, tissue.necrosis, random);
  for (const at of nuclei) {
    if (necrosis !== undefined && distance2(at, necrosis) < square(necrosis.radius)) continue;
    stain(stains.haematoxylin, drawNucleus(at, gain * { 1: 0, 2: 0.9, 3: 2 }[tissue.nuclei], random));
  }
  const lymphocytes = (tissue.lymphocytes ? 16 : 2) + random.integer(4);
  for (let i = 0; i < lymphocytes; i++) {
    const at = { x: tileSize * random.uniform(), y: tileSize * random.uniform() };
    stain(stains.haematoxylin, { at, long: 1, short: 1, angle: 0, density: 1.35 });
  }
  return stains;
}

/** What mucin takes of haematoxylin. */
const veil: Readonly<Record<Stroma, number>> = { loose: 0, dense: 0, mucinous: 0.14 };

/** Stroma without a cell. */
function background(stroma: Stroma, random: Random): Stains {
  const slow = slowNoise(random, 4);
  const angle = Math.PI * random.uniform();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [phase, pitch] = [2 * Math.PI * random.uniform(), 1.1 + 0.3 * random.uniform()];
  const haematoxylin = new Float32Array(tileSize * tileSize);
  const eosin = haematoxylin.map((_, at) => {
    const [column, row] = [at % tileSize, Math.floor(at / tileSize)];
    const drift = 0.06 * slow((2 * column) / tileSize - 1, (2 * row) / tileSize - 1);
    const fibres = Math.sin(pitch * (cos * column + sin * row) + phase + 20 * drift);
    return drift + { loose: 0.28 + 0.03 * fibres, dense: 0.5 + 0.13 * fibres, mucinous: 0.12 }[stroma];
  });
  return { haematoxylin: haematoxylin.fill(veil[stroma]), eosin };
}

/** Nuclei of `atypia` 0 are small and alike; with it they are larger, darker and differ. */
function drawNucleus(at: Place, atypia: number, random: Random): Nucleus {
  const spread = 0.1 + 0.14 * atypia;
  const radius = (1.55 + 0.55 * atypia) * Math.exp(spread * random.normal());
  const aspect = 1 + 0.35 * random.uniform();
  const density = 0.8 + 0.12 * atypia + (0.06 + 0.12 * atypia) * random.normal();
  return { at, long: radius * aspect, short: radius / aspect, angle: Math.PI * random.uniform(), density };
}

/** A disc without nuclei, of granular eosin: a small part of the tile, or about half of it. */
function drawNecrosis({ eosin }: Stains, extent: 2 | 3, random: Random): Lumen {
  const at = (): number => tileSize * (0.25 + 0.5 * random.uniform());
  const place = { x: at(), y: at(), radius: { 2: 9, 3: 17 }[extent] + 2 * random.uniform() };
  dab(eosin, place, place.radius, (near) => near * (0.45 + 0.14 * random.roughNormal()));
  return place;
}

/** Adds `amount` of how much a pixel lies in a disc, 0 to 1. */
function dab(field: Float32Array, centre: Place, radius: number, amount: (near: number) => number): void {
  forPixelsNear(centre, radius + 2, (at, dx, dy) => {
    field[at]! += amount(soft(2 * (radius - Math.sqrt(square(dx) + square(dy)))));
  });
}

/** Where nuclei lie on each other, the darker one is seen. */
function stain(field: Float32Array, { at: centre, long, short, angle, density }: Nucleus): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  forPixelsNear(centre, long + 1.5, (at, dx, dy) => {
    const [u, v] = [(cos * dx + sin * dy) / long, (cos * dy - sin * dx) / short];
    const inside = soft(4 * short * (1 - Math.sqrt(u * u + v * v)));
    field[at] = Math.max(field[at]!, density * inside);
  });
}

function forPixelsNear({ x, y }: Place, reach: number, visit: (at: number, dx: number, dy: number) => void): void {
  const first = (centre: number): number => Math.max(0, Math.ceil(centre - reach));
  const last = (centre: number): number => Math.min(tileSize - 1, Math.floor(centre + reach));
  for (let row = first(y); row <= last(y); row++) {
    for (let column = first(x); column <= last(x); column++) visit(row * tileSize + column, column - x, row - y);
  }
}

function distance2(a: Place, b: Place): number {
  return square(a.x - b.x) + square(a.y - b.y);
}

/** Each colour's light, exp(-stains), then noise. */
function scanned({ haematoxylin, eosin }: Stains, slide: Slide, random: Random): Uint8Array {
  const seen = (field: Float32Array): Float32Array => blurred(field, plane, [0, slide.blur, slide.blur]);
  const [h, e] = [seen(haematoxylin), seen(eosin)];
  const noise = whiteNoise([3, tileSize, tileSize], random);
  const light = noise.map((grain, at) => {
    const [pixel, colour] = [Math.floor(at / 3), at % 3];
    const density = h[pixel]! * slide.haematoxylin[colour]! + Math.max(0, e[pixel]!) * slide.eosin[colour]!;
    return Math.exp(-slide.thickness * density) + slide.noise * grain;
  });
  return toBytes(light);
}
