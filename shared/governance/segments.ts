/**
 * The segments that a vector may have. The list is closed: what is not here cannot leave a hospital.
 *
 * - `delta`: the change of the model's weights, weighted by `exampleCount / weightCap` when the plan weighs.
 * - `exampleCount`: one field, the count itself, so that the sum gives the weights' own sum and nothing is rounded.
 * - `trainingLoss`: one field, the mean loss of the local round in nats, weighted like the delta.
 * - `bank` with `bankUsage`, `prototype` with `prototypePatients`: a tensor whose rows each count by a weight of their own
 *   (`rowSegments`): the change of row k times `weight_k / cap`, and `weight_k` itself as a whole number of at most `cap`,
 *   the greatest value of its field.
 * - `evaluation`: whole numbers that count how well the model does on the test pairs, in the rounds that the plan says and
 *   zeros in the others.
 *
 * @module
 */
import { manifestLength, type ModelManifest, tensorLength } from '../model/manifest.ts';
import type { Plan, SegmentPlan } from './types.ts';

/** Where a segment begins in the vector. */
export interface SegmentPlace extends SegmentPlan {
  readonly offset: number;
}

const units: Readonly<Record<string, string>> = {
  delta: "change of the model's weights",
  exampleCount: 'number of training pairs',
  trainingLoss: 'mean training loss in nats',
  bank: 'change of the rows of the knowledge bank, each weighted by its use',
  bankUsage: 'how much each row of the knowledge bank was used',
  prototype: 'change of the mean embedding of healthy patients, weighted by their number',
  prototypePatients: 'number of healthy patients',
  evaluation: 'counts of how well the model does on the test pairs',
};

/** The segments that hold rows of the tensor of the same name, and the segments of the rows' weights. */
export const rowSegments: Readonly<Record<string, string>> = { bank: 'bankUsage', prototype: 'prototypePatients' };

/** Segments whose fields are whole numbers that are not rounded. */
export function isCount(name: string): boolean {
  return name === 'exampleCount' || name === 'evaluation' || Object.values(rowSegments).includes(name);
}

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

/** Numbers in the segment of this name; `undefined` if the model has no tensor for it. The method decides how long `evaluation` is. */
export function segmentLength(name: string, model: ModelManifest, segments: readonly string[]): number | undefined {
  if (name === 'delta') return manifestLength(model.filter((tensor) => !isRowTensor(tensor.name, segments)));
  const tensorOf = (wanted: string): ModelManifest[number] | undefined => model.find((one) => one.name === wanted);
  if (name in rowSegments) {
    const tensor = tensorOf(name);
    return tensor === undefined ? undefined : tensorLength(tensor);
  }
  const rows = Object.keys(rowSegments).find((each) => rowSegments[each] === name);
  return rows === undefined ? 1 : tensorOf(rows)?.shape[0];
}

/** Whether a tensor is summed row by row in a segment of its own, and not in the delta. */
export function isRowTensor(name: string, segments: readonly string[]): boolean {
  return name in rowSegments && segments.includes(name);
}

/** Where the rows of a segment lie in the model's weights, and how wide they are. */
export interface RowPlace {
  readonly name: string;
  /** The segment of the rows' weights. */
  readonly weights: string;
  /** The first number of the tensor in the vector of all weights. */
  readonly from: number;
  readonly width: number;
}

/** The row segments of a plan; the plan's rules say that their tensors are there. */
export function rowPlaces({ model, sum: { segments } }: Pick<Plan, 'model' | 'sum'>): readonly RowPlace[] {
  return segments.flatMap(({ name, length }) => {
    const weights = rowSegments[name];
    const at = model.findIndex((tensor) => tensor.name === name);
    if (weights === undefined || at < 0) return [];
    return [{ name, weights, from: manifestLength(model.slice(0, at)), width: length / (model[at]!.shape[0] ?? 1) }];
  });
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
