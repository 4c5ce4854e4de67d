/**
 * From the aggregate to the next model: every site does this for itself, and all come to the same bits.
 *
 * @module
 */
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, UsageError } from '#shared/errors';
import { segmentPlaces } from '#shared/governance/segments';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import type { Plan } from '#shared/governance/types';
import { applyAggregate } from '#shared/model/apply';
import type { Model } from '#shared/model/apply';
import { dequantize } from '#shared/secagg/quantize';
import { segmentOutOfRange } from '#shared/secagg/range-check';
import type { AggregatePublished } from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';

/** What a round gave: the next model, and what the sums say of all sites together. */
export interface Folded {
  readonly model: Model;
  /** Of all sites of U3 together; `null` where the plan does not weigh. */
  readonly exampleCount: number | null;
  /** Mean over U3, in nats; `null` where the plan does not ask for it. */
  readonly trainingLossNats: number | null;
}

/**
 * The model after an aggregate.
 *
 * @throws ProtocolError (commitmentMismatch) if the bytes are not those that were published, (aggregateOutOfRange) if a
 * field cannot be a sum of |U3| honest ones. Nothing is applied then.
 */
export function foldAggregate(
  plan: Plan,
  model: Model,
  published: AggregatePublished,
  bytes: Uint8Array,
  crypto: Crypto,
): Folded {
  const words = checkedWords(plan, published, bytes, crypto);
  const sites = published.u3.length;
  const exampleCount = counted(plan, words);
  const over = { sites, weightCap: plan.sum.weightCap, exampleCount: exampleCount ?? sites };
  const mean = (name: string): Float64Array | null => {
    const place = segmentPlaces(plan.sum.segments).find((segment) => segment.name === name);
    if (place === undefined) return null;
    return dequantize([place], over, words.subarray(place.offset, place.offset + place.length)).mean;
  };
  const delta = Float32Array.from(mean('delta') ?? []);
  const next = applied(plan, model, delta);
  return { model: next, exampleCount, trainingLossNats: mean('trainingLoss')?.[0] ?? null };
}

/** An aggregate that leaves the numbers is no better than one out of range. */
function applied(plan: Plan, model: Model, delta: Float32Array): Model {
  try {
    return applyAggregate(toServerOptimizer(plan), model, delta);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw outOfRange(cause.message);
  }
}

function checkedWords({ sum }: Plan, published: AggregatePublished, bytes: Uint8Array, crypto: Crypto): Uint32Array {
  const length = 4 * sum.segments.reduce((total, segment) => total + segment.length, 0);
  if (bytes.length !== length || !equalBytes(crypto.sha256(bytes), published.aggregateHash)) {
    throw new ProtocolError(
      'commitmentMismatch',
      `the aggregate of round ${published.round} is not the one published`,
      {
        culprits: ['coordinator'],
      },
    );
  }
  const words = new Uint32Array(new Uint8Array(bytes).buffer);
  const segment = segmentOutOfRange(sum.segments, published.u3.length, words);
  if (segment !== undefined) throw outOfRange(`round ${published.round}, segment ${segment}`);
  return words;
}

/** The sum of the counts as it is; nobody trains on nothing, so a sum of zero is no sum of honest counts. */
function counted({ sum }: Plan, words: Uint32Array): number | null {
  const place = segmentPlaces(sum.segments).find(({ name }) => name === 'exampleCount');
  if (place === undefined) return null;
  const count = words[place.offset] ?? 0;
  if (count > 0) return count;
  throw outOfRange('the sites have no examples together');
}

function outOfRange(why: string): ProtocolError {
  return new ProtocolError('aggregateOutOfRange', `the aggregate cannot be a sum of honest contributions: ${why}`);
}
