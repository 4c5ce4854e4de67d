/**
 * The segments that a vector may have. The list is closed: what is not here cannot leave a hospital.
 *
 * - `delta`: the change of the model's weights, weighted by `exampleCount / weightCap` when the plan weighs.
 * - `exampleCount`: one field, the count itself, so that the sum gives the weights' own sum and nothing is rounded.
 * - `trainingLoss`: one field, the mean loss of the local round in nats, weighted like the delta.
 *
 * @module
 */
import type { SegmentPlan } from './types.ts';

/** Where a segment begins in the vector. */
export interface SegmentPlace extends SegmentPlan {
  readonly offset: number;
}

const units: Readonly<Record<string, string>> = {
  delta: "change of the model's weights",
  exampleCount: 'number of training pairs',
  trainingLoss: 'mean training loss in nats',
};

/** The names that a plan may give its segments, in the order of the vector. */
export const segmentNames: readonly string[] = Object.keys(units);

/** What a person reads for a segment of this name, or `undefined` for a name that is not on the list. */
export function unitOf(name: string): string | undefined {
  return units[name];
}

/** Half of the greatest field value: with this range one step of the segment is exactly one example. */
export function countRange(bits: number): number {
  return (2 ** bits - 1) / 2;
}

/** The segments with their offsets, in the order of the vector. */
export function segmentPlaces(segments: readonly SegmentPlan[]): readonly SegmentPlace[] {
  let offset = 0;
  return segments.map((segment) => {
    const place = { ...segment, offset };
    offset += segment.length;
    return place;
  });
}
