/**
 * The healthy chest in slices: a formula of places in [-1, 1], jittered from patient to patient. x runs from the patient's
 * right to the left, y from the breastbone to the back, z from the apex to the base.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { soft, square } from '../radiograph/field.ts';
import { type Ellipsoid, ellipsoidDistance2, slowNoise, type VolumeField } from '../volume-field.ts';
import type { Side } from './types.ts';

/** One patient's proportions. */
export interface Anatomy {
  readonly shift: readonly [number, number, number];
  readonly scale: number;
  readonly body: Ellipsoid;
  readonly lungs: Readonly<Record<Side, Ellipsoid>>;
  readonly heart: Ellipsoid;
  readonly ribPhase: number;
  readonly texture: VolumeField;
}

/** Where the descending aorta and the spine stand, by x and y. */
export const aorta = { x: 0.11, y: 0.3, radius: 0.09 };
export const spine = { x: 0, y: 0.56, radius: 0.13 };

/** What a lung takes away, to 0.2, and what the heart adds. */
export const lungDepth = 0.35;
export const heartHeight = 0.1;
const bodyValue = 0.55;

/** Normal jitter about the mean proportions; `heartFactor` enlarges the heart. */
export function drawAnatomy(heartFactor: number, random: Random): Anatomy {
  const jitter = (mean: number, sd: number): number => mean + sd * random.normal();
  const [rx, ry, rz] = [jitter(0.3, 0.008), jitter(0.52, 0.012), jitter(0.88, 0.02)];
  const heart = heartFactor * jitter(1, 0.03);
  return {
    shift: [jitter(0, 0.012), jitter(0, 0.012), jitter(0, 0.02)],
    scale: jitter(1, 0.015),
    body: { x: 0, y: 0, z: 0, rx: jitter(0.9, 0.01), ry: jitter(0.76, 0.01), rz: 3 },
    lungs: { right: { x: -0.43, y: 0, z: 0, rx, ry, rz }, left: { x: 0.43, y: 0, z: 0, rx, ry, rz } },
    heart: { x: 0.1, y: -0.2, z: 0.35, rx: 0.25 * heart, ry: 0.24 * heart, rz: 0.34 * heart },
    ribPhase: 2 * Math.PI * random.uniform(),
    texture: slowNoise(random, 5),
  };
}

/** Squared distance from a lung's centre in units of its radii: below 1 inside. */
export function lungDistance2({ lungs }: Anatomy, side: Side, x: number, y: number, z: number): number {
  return ellipsoidDistance2(lungs[side], x, y, z);
}

/** How much a place lies in the heart, 0 to 1. */
export function inHeart({ heart }: Anatomy, x: number, y: number, z: number): number {
  const distance2 = ellipsoidDistance2(heart, x, y, z);
  return distance2 > 3 ? 0 : soft(5 * (1 - distance2));
}

/** How much a place that is not in the heart lies in a lung, 0 to 1. */
export function inLung(anatomy: Anatomy, side: Side, x: number, y: number, z: number): number {
  const distance2 = lungDistance2(anatomy, side, x, y, z);
  return distance2 > 2 ? 0 : soft(8 * (1 - distance2));
}

/** What a place of a slice has in every slice. */
export interface Upright {
  /** Body, aorta, spine and slow noise. */
  readonly value: Float32Array;
  /** How much it lies where ribs cross, 0 to 1. */
  readonly rib: Float32Array;
}

/** Of each pixel of a slice; `sample` gives a field's values there. */
export function uprightOf({ body, texture }: Anatomy, sample: (field: VolumeField) => Float32Array): Upright {
  const skin = sample((x, y) => ellipsoidDistance2(body, x, y, 0));
  const vessels = sample((x, y) => 0.1 * disc(aorta, x, y) + 0.28 * disc(spine, x, y) + 0.025 * texture(x, y, 0, 0));
  return {
    value: vessels.map((value, at) => value + bodyValue * soft(10 * (1 - skin[at]!))),
    rib: skin.map((distance2) => near(distance2, 0.8, 0.08)),
  };
}

/** What the ribs add where they cross a slice. */
export function ribsAt({ ribPhase }: Anatomy, y: number, z: number): number {
  return 0.12 * soft(6 * Math.sin(9 * z + 3 * y + ribPhase));
}

/** How much a place lies in an upright cylinder, 0 to 1. */
export function disc(
  cylinder: { readonly x: number; readonly y: number; readonly radius: number },
  x: number,
  y: number,
): number {
  const distance2 = (square(x - cylinder.x) + square(y - cylinder.y)) / square(cylinder.radius);
  return distance2 > 3 ? 0 : soft(5 * (1 - distance2));
}

/** How near a number is to a place, 0 to 1. */
export function near(value: number, place: number, width: number): number {
  const distance = Math.abs(value - place) / width;
  return distance > 3 ? 0 : Math.exp(-square(distance));
}
