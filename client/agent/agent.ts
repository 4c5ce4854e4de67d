/**
 * The agent of a site: connects outwards, checks the plan that was approved here, trains in a worker, takes part in the
 * rounds, folds the model. Returns when the plan is done (if asked to) or `signal` aborts.
 *
 * @module
 */
import type { Logger } from 'pino';
import type { EngineChoice } from '#client/engine/types';
import { startTrainer } from '#client/train/trainer';
import type { Trainer, TrainerOptions } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { ProtocolError, TransportError } from '#shared/errors';
import type { Model } from '#shared/model/apply';
import type { AggregatePublished } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { approvalOf } from './approvals.ts';
import { backOff } from './backoff.ts';
import { Calls } from './calls.ts';
import type { Connection } from './calls.ts';
import { isTransient } from './call-error.ts';
import { comparedBeginning, methodConfig } from './check-program.ts';
import { checkWeight } from './contribution.ts';
import { lockFolder } from './folder-lock.ts';
import { openKeys } from './key-store.ts';
import type { SiteKeys } from './key-store.ts';
import { Ledger } from './ledger.ts';
import { Link } from './link.ts';
import { ModelStore } from './model-store.ts';
import { probeTls } from './probe-tls.ts';
import type { Tell } from './progress.ts';
import { runSeed } from './run-seed.ts';
import { sendUpload } from './send-upload.ts';
import { readSiteConfig } from './site-config.ts';
import type { SiteConfig } from './site-config.ts';
import { StudyRounds } from './study-rounds.ts';
import { checkStudy } from './study.ts';
import type { Study } from './study.ts';

/** How an agent is run. */
export interface AgentOptions {
  readonly dir: string;
  /** A `pairs.csv`. */
  readonly data: string;
  readonly engine: EngineChoice;
  readonly threads: number;
  /** Of batches and rounding; drawn once and kept when it is not given. Keys and masks never come from it. */
  readonly seed: number | undefined;
  /** For comparison in tests only. Nothing but the caller can ask for it. */
  readonly noMasks: boolean;
  readonly untilDone: boolean;
  readonly tell: Tell;
  readonly diagnostics: Logger;
  readonly signal: AbortSignal;
}

/** Where a site's coordinator is, and how the site shows who it is. */
export function connectionOf(config: SiteConfig, keys: SiteKeys): Connection {
  const { host, port, caCertificatePem, certificatePem } = config;
  return { host, port, caCertificatePem, certificatePem, tlsKeyPem: keys.tlsKeyPem.expose() };
}

/**
 * Runs the agent.
 *
 * @throws ProtocolError (planNotApproved, programMismatch), UsageError (noUsableRows, missingColumn, weightAboveCap, badConfig),
 * VerificationError (badCertificate, notRostered, modelMismatch), TransportError (diskFull, journalDamaged).
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const config = readSiteConfig(options.dir);
  const keys = openKeys(options.dir, nodeCrypto);
  const unlock = lockFolder(options.dir);
  const ledger = new Ledger(options.dir);
  let planId: string | null = null;
  const connection = connectionOf(config, keys);
  const calls = new Calls(connection, (kind, round, bytes) => {
    ledger.record({ plan: planId, round, kind, bytes });
  });
  try {
    const study = await awaitStudy(options, config, keys, connection, calls);
    if (study === undefined) return;
    planId = study.planId;
    await takePart(options, config, keys, calls, study);
  } finally {
    calls.close();
    ledger.close();
    unlock();
  }
}

/** The current plan, as soon as there is one, approved by this site; `undefined` when `signal` aborts first. */
async function awaitStudy(
  { dir, signal, tell, diagnostics }: AgentOptions,
  config: SiteConfig,
  keys: SiteKeys,
  connection: Connection,
  calls: Calls,
): Promise<Study | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const current = await calls.getPlan();
      if (current !== null) {
        const study = checkStudy(current, config, keys, nodeCrypto);
        await handIn(dir, study, config, calls);
        return study;
      }
      tell({ kind: 'waiting', for: 'plan' });
      attempt = Math.min(attempt, 3);
    } catch (error) {
      if (!isTransient(error)) throw error;
      await explain(connection);
      tell({ kind: 'waiting', for: 'coordinator' });
      diagnostics.warn({ error: messageOf(error) }, 'the coordinator cannot be reached');
    }
    await backOff(attempt, signal);
  }
  return undefined;
}

/** A wrong certificate does not mend itself by waiting; everything else may. */
async function explain(connection: Connection): Promise<void> {
  try {
    await probeTls(connection);
  } catch (error) {
    if (!isTransient(error)) throw error;
  }
}

/** An approval that was given while the coordinator was away is handed in now. */
async function handIn(dir: string, study: Study, { site }: SiteConfig, calls: Calls): Promise<void> {
  const approval = approvalOf(dir, study, site);
  if (study.approvals.some((other) => other.site === site)) return;
  await calls.submitApproval(approval);
}

async function takePart(
  options: AgentOptions,
  config: SiteConfig,
  keys: SiteKeys,
  calls: Calls,
  study: Study,
): Promise<void> {
  const { dir, tell, untilDone, noMasks, signal, diagnostics } = options;
  const { plan, planId } = study;
  tell({ kind: 'plan', plan: planId, name: plan.name, rounds: plan.rounds });
  const trainer = await startTrainer(trainerOptions(options, study));
  const done = Promise.withResolvers<undefined>();
  const fail = (error: unknown): void => {
    done.reject(error instanceof Error ? error : new Error(String(error)));
  };
  try {
    const models = await openModels(options, study, trainer, calls);
    const { trainPairs, testPairs, leftOut } = trainer.data;
    tell({ kind: 'data', trainPairs, testPairs, leftOut, engine: trainer.engine });
    checkWeight(plan, trainPairs);
    const uploading = new Set<string>();
    const rounds = new StudyRounds({
      dir,
      study,
      site: config.site,
      identitySeed: keys.identitySeed.expose(),
      crypto: nodeCrypto,
      models,
      seed: runSeed(dir, options.seed),
      noMasks,
      tell,
      train: (weights, round) => trainer.trainRound(weights, round),
      send: (message) => {
        link.send(message);
      },
      uploadChunks: ({ parameters, binding }, { commitment }, path) => {
        const key = toHex(commitment);
        if (uploading.has(key)) return;
        uploading.add(key);
        sendUpload(calls, { round: binding.round, commitment }, path, parameters, signal)
          .catch((error: unknown) => {
            diagnostics.warn({ round: binding.round, error: messageOf(error) }, 'the upload was not taken');
          })
          .finally(() => uploading.delete(key));
      },
      fetchAggregate: (published) => fetchAggregate(calls, published, signal),
      getRounds: (firstRound) => patiently(() => calls.getRounds(firstRound), signal),
      finished: () => {
        const { hash } = models.current() ?? { hash: new Uint8Array() };
        tell({ kind: 'done', rounds: plan.rounds, modelHash: toHex(hash) });
        if (untilDone) done.resolve(undefined);
      },
      failed: fail,
    });
    const inOrder = ordered((error) => {
      if (isTransient(error)) diagnostics.warn({ error: messageOf(error) }, 'a call failed; it is made again');
      else fail(error);
    });
    const link = new Link(calls, {
      opened: () => {
        tell({ kind: 'connected' });
        inOrder(() => rounds.connected());
      },
      received: (message) => {
        inOrder(() => rounds.receive(message));
      },
      lost: (error) => {
        tell({ kind: 'disconnected' });
        if (isTransient(error)) diagnostics.warn({ error: error.message }, 'the session ended; it is opened again');
        else fail(error);
      },
    });
    const stop = (): void => {
      done.resolve(undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
    const running = link.run();
    try {
      await done.promise;
    } finally {
      link.stop();
      await running;
      signal.removeEventListener('abort', stop);
    }
  } finally {
    await trainer.dispose();
  }
}

function trainerOptions({ dir, data, engine, threads, seed }: AgentOptions, { plan }: Study): TrainerOptions {
  return {
    method: plan.method.name,
    config: methodConfig(plan),
    rounds: plan.rounds,
    data: { csv: data },
    engine,
    threads,
    seed: runSeed(dir, seed),
  };
}

/** The model's fold so far. What the plan pins is compared with what was compiled here, before anything else. */
async function openModels({ dir }: AgentOptions, study: Study, trainer: Trainer, calls: Calls): Promise<ModelStore> {
  const { plan, planHash, planId } = study;
  let beginning: Model;
  try {
    beginning = comparedBeginning(plan, trainer.program);
  } catch (error) {
    await calls.submitRefusal({ planHash, code: 'programMismatch' });
    throw error;
  }
  const models = new ModelStore(dir, planId, nodeCrypto);
  if (models.current() === undefined) models.begin(beginning);
  return models;
}

/** All bytes of an aggregate; after a loss from where it stopped. */
async function fetchAggregate(
  calls: Calls,
  { round, byteLength }: AggregatePublished,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (let attempt = 0; offset < byteLength && !signal.aborted; attempt++) {
    try {
      await calls.fetchAggregate({ round, offset }, (data) => {
        const room = bytes.subarray(offset);
        if (data.length > room.length)
          throw new ProtocolError('commitmentMismatch', `the aggregate of round ${round} is too long`);
        room.set(data);
        offset += data.length;
      });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    if (offset < byteLength) await backOff(attempt, signal);
  }
  if (offset < byteLength) throw stopped();
  return bytes;
}

/** The answer to a call that is made again until it is answered. */
async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    await backOff(attempt, signal);
  }
  throw stopped();
}

function stopped(): TransportError {
  return new TransportError('unavailable', 'the agent was stopped while it waited for the coordinator');
}

/** Runs pieces of work one after the other. */
function ordered(failed: (error: unknown) => void): (work: () => Promise<void>) => void {
  let last = Promise.resolve();
  return (work) => {
    last = last.then(work).catch(failed);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
