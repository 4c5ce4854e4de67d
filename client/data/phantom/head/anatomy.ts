/**
 * The healthy head: a formula of the place, jittered from patient to patient. x runs to the right of the image, y to the
 * back of the head, z upwards.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { soft, square } from '../radiograph/field.ts';
import { type Ellipsoid, ellipsoidDistance2, inEllipsoid, slowNoise, type VolumeField } from '../volume-field.ts';
import type { Sequence } from './types.ts';

/** One patient's proportions. */
export interface Anatomy {
  readonly shiftX: number;
  readonly shiftY: number;
  readonly shiftZ: number;
  readonly scale: number;
  readonly brain: Ellipsoid;
  readonly ventricleWidth: number;
  readonly foldPhase: number;
  readonly texture: VolumeField;
}

/** How bright tissues are. */
interface Contrast {
  readonly scalp: number;
  readonly brain: number;
  /** Of the white matter beside the grey. */
  readonly white: number;
  readonly fluid: number;
}

const contrasts: Readonly<Record<Sequence, Contrast>> = {
  DWI: { scalp: 0.12, brain: 0.5, white: -0.03, fluid: 0.22 },
  ADC: { scalp: 0.1, brain: 0.42, white: -0.03, fluid: 0.8 },
  T1: { scalp: 0.85, brain: 0.48, white: 0.1, fluid: 0.2 },
  T2: { scalp: 0.6, brain: 0.48, white: -0.08, fluid: 0.82 },
  FLAIR: { scalp: 0.5, brain: 0.48, white: -0.06, fluid: 0.16 },
};

/** Normal jitter about the mean proportions. */
export function drawAnatomy(random: Random): Anatomy {
  return {
    shiftX: 0.03 * random.normal(),
    shiftY: 0.03 * random.normal(),
    shiftZ: 0.04 * random.normal(),
    scale: 1 + 0.03 * random.normal(),
    brain: {
      x: 0,
      y: 0,
      z: 0,
      rx: 0.76 + 0.02 * random.normal(),
      ry: 0.86 + 0.02 * random.normal(),
      rz: 1.15 + 0.03 * random.normal(),
    },
    ventricleWidth: 0.08 + 0.015 * random.normal(),
    foldPhase: 2 * Math.PI * random.uniform(),
    texture: slowNoise(random, 5),
  };
}

/** How much a place lies in the brain, 0 to 1. */
export function inBrain({ brain }: Anatomy, x: number, y: number, z: number): number {
  return inEllipsoid(brain, 10, x, y, z);
}

/** Scalp, skull, brain with its folds and white matter, and ventricles at a place, on one sequence. */
export function head(anatomy: Anatomy, sequence: Sequence, x: number, y: number, z: number): number {
  const { brain, ventricleWidth, foldPhase, texture } = anatomy;
  const { scalp, brain: grey, white, fluid } = contrasts[sequence];
  const distance2 = ellipsoidDistance2(brain, x, y, z);
  if (distance2 > 2.2) return 0; // outside the head, and beyond its soft edge
  const inside = soft(10 * (1 - distance2));
  const skin = scalp * Math.exp(-square((distance2 - 1.5) / 0.17));
  const rim = soft(12 * (distance2 - 0.62));
  const folds = 0.06 * Math.sin(24 * x + 17 * y + foldPhase) * rim;
  const matter = grey + white * (1 - rim) + folds + 0.03 * texture(x, y, z, 0);
  const ventricle = soft(5 * (1 - square((Math.abs(x) - 0.1) / ventricleWidth) - square((y + 0.02) / 0.34) - square((z - 0.22) / 0.3))); // prettier-ignore
  return skin + inside * (matter + (fluid - grey) * ventricle);
}
