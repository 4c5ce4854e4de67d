/**
 * From the aggregate to the next model: every site does this for itself, and all come to the same bits. The aggregate is
 * opened, checked and applied part by part, as it was cut into chunks.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { ProtocolError } from '#shared/errors';
import { rowPlaces } from '#shared/governance/segments';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import type { Model } from '#shared/model/apply';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { meanInto } from '#shared/secagg/quantize';
import type { SummedOver } from '#shared/secagg/quantize';
import { aggregateByteLength } from '#shared/secagg/upload-cut';
import { equalBytes } from '#shared/util/bytes';
import { applied, moveRows } from './folded-model.ts';
import { type AggregateBytes, type Folding, openedParts, outOfRange } from './opened-parts.ts';

const pieceBytes = 2 ** 20;

/** What a round gave: the next model, and what the sums say of all sites together. */
export interface Folded {
  readonly model: Model;
  /** Of all sites of U3 together; `null` where the plan does not weigh. */
  readonly exampleCount: number | null;
  /** Mean over U3, in nats; `null` where the plan does not ask for it. */
  readonly trainingLossNats: number | null;
  /** The sums of the counts of all sites; `null` where nobody counted. */
  readonly evaluation: readonly number[] | null;
}

/**
 * The model after an aggregate.
 *
 * @throws ProtocolError (commitmentMismatch) if the bytes are not those that were published, (aggregateOutOfRange) if they
 * cannot be a sum of |U3| honest vectors. Nothing is applied then.
 */
export function foldAggregate(cipher: Cipher, folding: Folding, bytes: AggregateBytes): Folded {
  expectPublished(folding, bytes);
  const { plan, published } = folding;
  const sites = published.u3.length;
  const rows = rowPlaces(plan);
  const isRows = (name: string): boolean => rows.some((place) => place.name === name);
  const small = new Map<string, Uint32Array>();
  const isSmall = (name: string): boolean => !isDelta(name) && !isRows(name);
  for (const { place, firstField, fields } of openedParts(cipher, folding, bytes, isSmall)) {
    const whole = small.get(place.name) ?? new Uint32Array(place.length);
    whole.set(fields, firstField);
    small.set(place.name, whole);
  }
  const exampleCount = counted(small.get('exampleCount'));
  const over = { sites, weightCap: plan.sum.weightCap, exampleCount: exampleCount ?? sites };
  const model = applied(folding, over, openedParts(cipher, folding, bytes, isDelta));
  for (const place of rows) {
    const parts = openedParts(cipher, folding, bytes, (name) => name === place.name);
    moveRows(folding, model, place, small.get(place.weights)!, parts); // the plan's rules: they go together
  }
  const trainingLossNats = lossOf(plan, small.get('trainingLoss'), over);
  return { model, exampleCount, trainingLossNats, evaluation: countsOf(small.get('evaluation')) };
}

function countsOf(fields: Uint32Array | undefined): readonly number[] | null {
  return fields?.some((count) => count > 0) === true ? [...fields] : null;
}

function lossOf(plan: Plan, fields: Uint32Array | undefined, over: SummedOver): number | null {
  const segment = plan.sum.segments.find(({ name }) => name === 'trainingLoss');
  if (segment === undefined || fields === undefined) return null;
  const mean = new Float64Array(1);
  meanInto(mean, segment, over, fields);
  return mean[0]!;
}

/** @throws ProtocolError (commitmentMismatch) */
function expectPublished({ plan, published }: Folding, bytes: AggregateBytes): void {
  const length = aggregateByteLength(toSumParameters(plan));
  const hash = createHash('sha256');
  let read = 0;
  for (let piece = bytes(0, pieceBytes); piece.length > 0 && read <= length; piece = bytes(read, pieceBytes)) {
    hash.update(piece);
    read += piece.length;
  }
  if (read === length && equalBytes(new Uint8Array(hash.digest()), published.aggregateHash)) return;
  throw new ProtocolError('commitmentMismatch', `the aggregate of round ${published.round} is not the one published`, {
    culprits: ['coordinator'],
  });
}

/** The sum of the counts as it is; nobody trains on nothing, so a sum of zero is no sum of honest counts. */
function counted(fields: Uint32Array | undefined): number | null {
  if (fields === undefined) return null;
  const count = fields[0] ?? 0;
  if (count > 0) return count;
  throw outOfRange('the sites have no examples together');
}

function isDelta(name: string): boolean {
  return name === 'delta';
}
