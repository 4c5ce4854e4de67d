/** Contributions and aggregates in memory, through the functions that work on disk. @module */
import { contributionChunks } from '#client/agent/contribution';
import type { Contribution } from '#client/agent/contribution';
import { foldAggregate } from '#client/agent/fold';
import type { Folded } from '#client/agent/fold';
import type { AggregateBytes } from '#client/agent/opened-parts';
import { nodeCrypto } from '#shared/crypto/node';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import type { Model } from '#shared/model/apply';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import type { AggregatePublished } from '#shared/secagg/types';
import type { UniformSource } from '#shared/secagg/uniform-source';

/** The whole vector of a contribution. */
export function quantizeContribution(plan: Plan, contribution: Contribution, uniform: UniformSource): Uint32Array {
  const words: number[] = [];
  for (const chunk of contributionChunks(plan, contribution, uniform)) words.push(...chunk);
  return Uint32Array.from(words);
}

/** The model after an aggregate of a plan without encryption, or with `stream` under `dataKey`. */
export function foldBytes(
  plan: Plan,
  model: Model,
  published: AggregatePublished,
  bytes: Uint8Array,
  { context = new Uint8Array(32), dataKey = null }: { context?: Uint8Array; dataKey?: Uint8Array | null } = {},
): Folded {
  const cipher = cipherOf({ crypto: nodeCrypto, parameters: toSumParameters(plan), bgv: null });
  return foldAggregate(cipher, { plan, model, published, context, dataKey }, inMemory(bytes));
}

/** Bytes that are all there. */
export function inMemory(bytes: Uint8Array): AggregateBytes {
  return (from, length) => bytes.subarray(from, from + length);
}
