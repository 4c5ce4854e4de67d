/** What the layers of findings are made of. @module */
import { square } from '../radiograph/field.ts';
import { blurred, type VolumeField, type VolumeSize, whiteNoise } from '../volume-field.ts';
import type { Random } from '../../random.ts';
import type { Anatomy } from './anatomy.ts';
import type { Side, Zone } from './types.ts';

/** Slices, rows, columns. */
export const chestSize: VolumeSize = [16, 32, 32];

/** What a finding is drawn into: one patient's chest. */
export interface Chest {
  readonly anatomy: Anatomy;
  /** How much each voxel lies in a lung, 0 to 1. */
  readonly lungs: Readonly<Record<Side, Float32Array>>;
}

/** One finding to be drawn. `side` and `zone` mean nothing for kinds that have none. */
export interface Drawing {
  readonly chest: Chest;
  /** 1 to 3. */
  readonly severity: number;
  readonly side: Side;
  readonly zone: Zone;
  readonly random: Random;
}

/** A place in the chest. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Where the zones are along the slices. */
const zones: Readonly<Record<Zone, number>> = { upper: -0.5, middle: 0, lower: 0.48 };

/** 1 for the patient's left, -1 for the right. */
export function outward(side: Side): number {
  return side === 'left' ? 1 : -1;
}

/** A place near the middle of a zone of a lung. */
export function centreOf({ chest, side, zone, random }: Drawing): Point {
  const { lungs } = chest.anatomy;
  return {
    x: lungs[side].x + 0.06 * random.normal(),
    y: 0.14 * random.normal(),
    z: zones[zone] + 0.05 * random.normal(),
  };
}

/** exp(-d²/2) of the distance in units of `sd`; a slice counts for as much as two voxels. */
export function cloud(centre: Point, sd: number): VolumeField {
  const scale = 1 / (2 * square(sd));
  return (x, y, z) => {
    const half = scale * (square(x - centre.x) + square(y - centre.y) + square((z - centre.z) / 1.4));
    return half > 9 ? 0 : Math.exp(-half);
  };
}

/** The distance from a centre in units of `radius`; a ball is longer along the slices, which lie wide apart. */
export function distanceFrom(centre: Point, radius: number): VolumeField {
  return (x, y, z) => Math.sqrt(square(x - centre.x) + square(y - centre.y) + square((z - centre.z) / 1.4)) / radius;
}

/** The sum of fields. */
export function together(fields: readonly VolumeField[]): VolumeField {
  return (x, y, z, at) => fields.reduce((sum, field) => sum + field(x, y, z, at), 0);
}

/** Only what lies in a lung. */
export function inside({ chest, side }: Drawing, field: VolumeField): VolumeField {
  const mask = chest.lungs[side];
  return (x, y, z, at) => (mask[at]! < 0.01 ? 0 : mask[at]! * field(x, y, z, at));
}

/** Only what lies in either lung. */
export function insideBoth({ chest }: Drawing, field: VolumeField): VolumeField {
  const { right, left } = chest.lungs;
  return (x, y, z, at) => {
    const mask = right[at]! + left[at]!;
    return mask < 0.01 ? 0 : mask * field(x, y, z, at);
  };
}

/** Noise that hangs together over about two voxels of a slice, of standard deviation about 1. */
export function mottle(random: Random): Float32Array {
  return blurred(whiteNoise(chestSize, random), chestSize, [0, 0.7, 0.7]).map((value) => 2.4 * value);
}
