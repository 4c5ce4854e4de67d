/**
 * A snapshot: the fold of a plan at one round, as bytes in chunks, from a site that has it to one that cannot come to it,
 * because it has neither the model nor the data keys of the epochs that are over. Source: proto/spec/secure-sum.md,
 * sections 3 and 4.
 *
 * @module
 */
import { frame } from '../../codec/frame.ts';
import type { Model } from '../../model/apply.ts';
import { epochOfRound } from './epoch.ts';
import type { Holding, KeyStudy } from './types.ts';
import { bytesOf } from '../../util/bytes.ts';

/** Bytes of the model in every chunk but the last. */
export const snapshotChunkBytes = 256 << 10;
/** What a box adds to its content. */
export const sealBytes = 16;
/** `F(applied, lengths of the three arrays)`. */
const headBytes = 4 * 12;

/**
 * > A site takes a snapshot when a round was accepted after its model, in an epoch that is over and whose key it has not:
 * > nobody is given the key of an epoch before its own.
 */
export function needsSnapshot(
  study: Pick<KeyStudy, 'keyEpochRounds'>,
  { modelRound, keys }: Pick<Holding, 'modelRound' | 'keys'>,
  acceptedRounds: readonly number[],
  currentEpoch: number,
): boolean {
  return acceptedRounds.some((round) => {
    const epoch = epochOfRound(study, round);
    return round > modelRound && epoch < currentEpoch && !keys.some((key) => key.epoch === epoch);
  });
}

/** `F(applied, |weights|, |momentum|, |secondMoment|)`, then the arrays as little-endian float32. The parts are views. */
export function snapshotParts({ round, weights, momentum, secondMoment }: Model): readonly Uint8Array[] {
  const head = frame(round, weights.length, momentum.length, secondMoment.length);
  return [head, ...[weights, momentum, secondMoment].map(bytesOf)];
}

/** The bytes of a model with this many numbers in its three arrays together. */
export function snapshotByteLength(numberCount: number): number {
  return headBytes + 4 * numberCount;
}

/** How many chunks these bytes are. */
export function snapshotChunkCount(byteLength: number): number {
  return Math.ceil(byteLength / snapshotChunkBytes);
}

/** The length of a sealed chunk. */
export function sealedChunkBytes(byteLength: number, index: number): number {
  return Math.min(snapshotChunkBytes, byteLength - index * snapshotChunkBytes) + sealBytes;
}

/** Chunk `index` of parts that lie one after the other. */
export function snapshotChunk(parts: readonly Uint8Array[], index: number): Uint8Array {
  const from = index * snapshotChunkBytes;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const chunk = new Uint8Array(Math.min(snapshotChunkBytes, total - from));
  let at = 0;
  for (const part of parts) {
    const start = Math.max(from, at);
    const end = Math.min(from + chunk.length, at + part.length);
    if (start < end) chunk.set(part.subarray(start - at, end - at), start - from);
    at += part.length;
  }
  return chunk;
}

/** The model of a snapshot's bytes, in arrays of its own; `undefined` when they are not those of a model. */
export function modelOfSnapshot(bytes: Uint8Array): Model | undefined {
  if (bytes.length < headBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headBytes);
  const numbers = [0, 1, 2, 3].map((i) => Number(view.getBigUint64(12 * i + 4)));
  const [round = 0, weights = 0, momentum = 0, secondMoment = 0] = numbers;
  if (bytes.length !== snapshotByteLength(weights + momentum + secondMoment)) return undefined;
  const all = new Float32Array(bytes.slice(headBytes).buffer);
  const model: Model = {
    round,
    weights: all.slice(0, weights),
    momentum: all.slice(weights, weights + momentum),
    secondMoment: all.slice(weights + momentum),
  };
  const [head = new Uint8Array()] = snapshotParts(model);
  return head.every((byte, i) => byte === bytes[i]) ? model : undefined;
}
