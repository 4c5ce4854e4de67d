/**
 * Work on whole vectors, away from the agent's main thread. The thread is made when it is needed and gone when it has been
 * idle for a while; after a failure of SEAL, and when a job takes too long, it is thrown away, for malformed bytes may have
 * left anything in its memory. A short vector without ciphertexts is not worth a thread.
 *
 * @module
 */
import { Piscina } from 'piscina';
import {
  ConsiliumError,
  DecodeError,
  DependencyError,
  InvariantError,
  ProtocolError,
  TransportError,
  UsageError,
  VerificationError,
} from '#shared/errors';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { UploadShape } from '#shared/secagg/context';
import type { SumParameters } from '#shared/secagg/types';
import type { CarriedError } from '#client/train/messages';
import type { Preparation } from './prepare-upload.ts';
import { foldStored, prepareStored, storeContribution } from './vector-jobs.ts';
import type { FoldedRound, StoredFolding, Storing } from './vector-jobs.ts';

/** One job. What is secret in it stays in this process. */
export type VectorJob =
  | { readonly kind: 'makeBgvKey' }
  | { readonly kind: 'store'; readonly storing: Storing }
  | { readonly kind: 'prepare'; readonly preparation: Preparation }
  | { readonly kind: 'fold'; readonly folding: StoredFolding };

/** How a job ended. */
export type VectorOutcome =
  { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'failed'; readonly error: CarriedError };

type Pool = Piscina<VectorJob, VectorOutcome>;

const idleMs = 10_000;
const shortWords = 2 ** 16;
/** What a job may take: a minute, and many times what the slowest of the measured takes for a word and a keystream. */
const limitMs = { base: 60_000, perWord: 0.005, perWordAndStream: 0.0002 };

/** Quantises and stores, once: the delta is given away. @throws as `storeContribution` */
export async function storeVector(storing: Storing): Promise<void> {
  const parameters = toSumParameters(storing.plan);
  if (isShort(parameters)) {
    storeContribution(storing);
    return;
  }
  const { buffer } = storing.contribution.delta;
  await once({ kind: 'store', storing }, limitOf(parameters, 1), { transferList: [buffer as ArrayBuffer] }); // nobody shares it
}

/** Masks and encrypts what was stored, until the signal aborts. @throws as `prepareUpload` */
export async function prepareVector(preparation: Preparation, signal: AbortSignal): Promise<UploadShape> {
  const { parameters, masks } = preparation;
  if (isShort(parameters)) return prepareStored(preparation);
  const value = await twice({ kind: 'prepare', preparation }, limitOf(parameters, masks.length + 1), signal);
  return value as UploadShape; // what `vector-worker` answers to this job
}

/** Opens, checks and folds an aggregate on disk. @throws as `foldAggregate` */
export async function foldVector(folding: StoredFolding): Promise<FoldedRound> {
  const parameters = toSumParameters(folding.plan);
  if (isShort(parameters)) return foldStored(folding);
  const value = await twice({ kind: 'fold', folding }, limitOf(parameters, folding.published.u3.length));
  return value as FoldedRound; // likewise
}

/** A fresh secret key of `bgv`. MUST NOT leave this site but in a sealed box. */
export async function freshBgvKey(): Promise<Uint8Array> {
  return (await twice({ kind: 'makeBgvKey' }, limitMs.base)) as Uint8Array; // likewise
}

function isShort({ encryption, wordCount }: SumParameters): boolean {
  return encryption !== 'bgv' && wordCount <= shortWords;
}

function limitOf({ wordCount }: SumParameters, streams: number): number {
  return Math.ceil(limitMs.base + wordCount * (limitMs.perWord + limitMs.perWordAndStream * streams));
}

/** The one thread of this program. */
let pool: Pool | undefined;

/** A job that ends with its thread is done once more, in a fresh one. */
async function twice(job: VectorJob, limit: number, signal?: AbortSignal): Promise<unknown> {
  try {
    return await once(job, limit, { signal });
  } catch (error) {
    if (!endsThread(error) || signal?.aborted === true) throw error;
    return once(job, limit, { signal });
  }
}

interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly transferList?: ArrayBuffer[];
}

async function once(job: VectorJob, limit: number, { signal, transferList = [] }: RunOptions): Promise<unknown> {
  const current = (pool ??= onePiscina());
  const late = AbortSignal.timeout(limit);
  const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    const outcome = await current.run(job, { signal: ends, transferList });
    if (outcome.kind === 'done') return outcome.value;
    throw revived(outcome.error);
  } catch (error) {
    if (endsThread(error)) discard(current);
    if (!late.aborted) throw error;
    throw new TransportError('deadline', `work on a vector was not done within ${Math.round(limit / 1000)} s`);
  }
}

/** Our own errors leave the thread as it was, but for those of SEAL. */
function endsThread(error: unknown): boolean {
  return !(error instanceof ConsiliumError) || error.code === 'encryptionFailed' || error.code === 'deadline';
}

function discard(of: Pool): void {
  if (pool === of) pool = undefined;
  of.destroy().catch(() => undefined); // its thread is gone either way
}

function onePiscina(): Pool {
  const filename = import.meta.resolve('#client/agent/vector-worker');
  return new Piscina({ filename, minThreads: 0, maxThreads: 1, idleTimeout: idleMs });
}

const classes = {
  UsageError,
  DecodeError,
  ProtocolError,
  VerificationError,
  TransportError,
  DependencyError,
  InvariantError,
} as const;

/** The error again, of its class. */
function revived({ name, code, message }: CarriedError): Error {
  if (code === undefined || !Object.hasOwn(classes, name)) return new Error(message);
  return new classes[name as keyof typeof classes](code, message); // just found
}
