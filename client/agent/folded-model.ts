/**
 * The next model from the opened fields: the delta by the server optimiser, rows by their own weights. Only one part of the
 * mean is there at a time.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import type { RowPlace } from '#shared/governance/segments';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import { applyAggregate } from '#shared/model/apply';
import type { Model, ServerOptimizer } from '#shared/model/apply';
import { greatestField } from '#shared/secagg/field';
import { meanInto } from '#shared/secagg/quantize';
import type { SummedOver } from '#shared/secagg/quantize';
import { type Folding, type OpenedPart, outOfRange } from './opened-parts.ts';

/** The model with the delta's mean applied. An aggregate that leaves the numbers is no better than one out of range. */
export function applied({ plan, model }: Folding, over: SummedOver, parts: Iterable<OpenedPart>): Model {
  const optimizer = toServerOptimizer(plan);
  const next = {
    round: model.round + 1,
    weights: new Float32Array(model.weights.length),
    momentum: model.momentum.slice(),
    secondMoment: model.secondMoment.slice(),
  };
  for (const part of parts) {
    const end = part.firstField + part.fields.length;
    const before = {
      round: model.round,
      weights: model.weights.subarray(part.firstField, end),
      momentum: model.momentum.subarray(part.firstField, end),
      secondMoment: model.secondMoment.subarray(part.firstField, end),
    };
    const after = appliedPart(optimizer, before, meanOf(Float32Array, part, over));
    for (const name of ['weights', 'momentum', 'secondMoment'] as const) {
      if (after[name].length > 0) next[name].set(after[name], part.firstField); // an optimiser may have none
    }
  }
  return next;
}

function appliedPart(optimizer: ServerOptimizer, before: Model, mean: Float32Array): Model {
  try {
    return applyAggregate(optimizer, before, mean);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw outOfRange(cause.message);
  }
}

/**
 * Writes the rows into `next`: each becomes itself plus the mean of its changes over the sites, every site weighing by
 * its own weight for that row; a row for which nobody weighs stays. No server optimiser: a row is a mean and no step.
 */
export function moveRows(
  { plan, model, published }: Folding,
  next: Model,
  { from, width, weights: weightsName }: RowPlace,
  weights: Uint32Array,
  parts: Iterable<OpenedPart>,
): void {
  const cap = greatestField(plan.sum.segments.find(({ name }) => name === weightsName)!); // as `weights`
  for (const { place, firstField, fields } of parts) {
    for (let at = 0; at < fields.length;) {
      const row = Math.floor((firstField + at) / width);
      const end = Math.min(fields.length, (row + 1) * width - firstField);
      const first = from + firstField + at;
      const before = { ...model, weights: model.weights.subarray(first, first + end - at) };
      next.weights.set(before.weights, first);
      if (weights[row]! > 0) {
        const over = { sites: published.u3.length, weightCap: cap, exampleCount: weights[row]! };
        const mean = meanOf(Float32Array, { place, fields: fields.subarray(at, end) }, over);
        next.weights.set(
          appliedPart(plainMean, { ...before, momentum: none, secondMoment: none }, mean).weights,
          first,
        );
      }
      at = end;
    }
  }
}

const plainMean: ServerOptimizer = { name: 'fedAvg', serverLearningRate: 1 };
const none = new Float32Array(0);

function meanOf<T extends Float32Array | Float64Array>(
  ArrayOf: new (length: number) => T,
  { place, fields }: Pick<OpenedPart, 'place' | 'fields'>,
  over: SummedOver,
): T {
  const mean = new ArrayOf(fields.length);
  meanInto(mean, { ...place, length: fields.length }, over, fields);
  return mean;
}
