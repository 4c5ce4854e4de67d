/**
 * Pneumonia of a given extent: the share of the lungs that it fills, in patches towards the base, denser in one patient
 * than in another.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { type Anatomy, inLung } from '../radiograph/anatomy.ts';
import { coordinate, size, slowNoise, soft } from '../radiograph/field.ts';

/** What is involved: from 0 to 1 at each pixel, and how dense it is there. */
export interface Involvement {
  readonly share: Float32Array;
  readonly density: number;
}

/** The share of the lungs that a unit of extent fills. */
const areaOfUnit = 0.13;
const mostOfLungs = 0.85;

/** The involvement at an extent from 0 (nothing) to about 5; `gain` multiplies its density. */
export function drawInvolvement(extent: number, gain: number, anatomy: Anatomy, random: Random): Involvement {
  const cloud = slowNoise(random, 6);
  const mottle = slowNoise(random, 16);
  const density = gain * (0.2 + 0.04 * random.normal());
  const lungs = new Float32Array(size * size);
  const field = new Float32Array(size * size);
  for (let at = 0; at < field.length; at++) {
    const x = (coordinate(at % size) - anatomy.shiftX) / anatomy.scale;
    const y = (coordinate(Math.floor(at / size)) - anatomy.shiftY) / anatomy.scale;
    lungs[at] = inLung(anatomy, 'right', x, y) + inLung(anatomy, 'left', x, y);
    field[at] = lungs[at]! > 0.01 ? cloud(x, y) + 0.25 * mottle(x, y) + 0.9 * y : -Infinity;
  }
  const level = levelOf(field, lungs, Math.min(mostOfLungs, areaOfUnit * extent));
  return { share: field.map((value, at) => lungs[at]! * soft((value - level) / 0.06)), density };
}

/** The level above which this share of the lungs lies; infinite for none of it. */
function levelOf(field: Float32Array, lungs: Float32Array, share: number): number {
  const inside = field.filter((_, at) => lungs[at]! > 0.5).sort();
  const above = Math.round(share * inside.length);
  return above === 0 ? Infinity : inside[inside.length - above]!; // a share below 1 leaves some below
}

/** 1 where more than half is involved, else 0: the truth of a segmentation. */
export function lesionOf(share: Float32Array): Uint8Array {
  return new Uint8Array(share.map((value) => Number(value > 0.5)));
}
