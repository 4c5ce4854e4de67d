/**
 * A site at work in one study: its trainer, its rounds and its link to the coordinator, put together.
 *
 * @module
 */
import { startTrainer } from '#client/train/trainer';
import type { Trainer } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import type { Model } from '#shared/model/apply';
import { toHex } from '#shared/util/bytes';
import { DataKeys } from './data-keys.ts';
import { KeyFiles } from './key-files.ts';
import { newDataKey } from './new-data-key.ts';
import { fetchSnapshot, sendSnapshot } from './send-snapshot.ts';
import type { AgentOptions } from './agent-options.ts';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { comparedBeginning } from './check-program.ts';
import { checkWeight } from './contribution.ts';
import type { SiteKeys } from './key-store.ts';
import { Link } from './link.ts';
import { ModelStore } from './model-store.ts';
import { fetchWhole, patiently } from './patience.ts';
import { runSeed } from './run-seed.ts';
import { sendUpload } from './send-upload.ts';
import type { Sending } from './send-upload.ts';
import type { SiteConfig } from './site-config.ts';
import { StudyRounds } from './study-rounds.ts';
import type { Study } from './study.ts';

/** Who takes part in what. */
export interface Part {
  readonly options: AgentOptions;
  readonly config: SiteConfig;
  readonly keys: SiteKeys;
  readonly calls: Calls;
  readonly study: Study;
}

/** Takes part until the plan is done (if asked to) or the signal aborts. @throws as `runAgent` */
export async function takePart(part: Part): Promise<void> {
  const { options, study } = part;
  const { plan, planId } = study;
  options.tell({ kind: 'plan', plan: planId, name: plan.name, rounds: plan.rounds });
  const trainer = await startTrainer({
    method: plan.method.name,
    config: plan.method.config,
    rounds: plan.rounds,
    data: { csv: options.data },
    ...(options.files === undefined ? {} : { files: options.files }),
    ...(options.summariser === undefined ? {} : { summariser: options.summariser }),
    engine: options.engine,
    threads: options.threads,
    seed: runSeed(options.dir, options.seed),
  });
  try {
    const models = await openModels(part, trainer);
    const { trainPairs, testPairs, leftOut } = trainer.data;
    options.tell({ kind: 'data', trainPairs, testPairs, leftOut, engine: trainer.engine });
    checkWeight(plan, trainPairs);
    await converse(part, trainer, models);
  } finally {
    await trainer.dispose();
  }
}

/** The model's fold so far. What the plan pins is compared with what was compiled here, before anything else. */
async function openModels({ options, study, calls }: Part, { program }: Trainer): Promise<ModelStore> {
  const { plan, planHash, planId } = study;
  let beginning: Model;
  try {
    beginning = comparedBeginning(plan, program);
  } catch (error) {
    await calls.submitRefusal({ planHash, code: 'programMismatch' });
    throw error;
  }
  const models = new ModelStore(options.dir, planId, nodeCrypto);
  if (models.current() === undefined) models.begin(beginning);
  return models;
}

/** The rounds of a study, from the session's beginning to its end, with whatever trains. @throws as `runAgent` */
export async function converse(
  part: Part,
  trainer: Pick<Trainer, 'trainRound' | 'figures'>,
  models: ModelStore,
): Promise<void> {
  const { options, calls } = part;
  const { tell, diagnostics, signal } = options;
  if (signal.aborted) return; // while the trainer started
  const done = Promise.withResolvers<undefined>();
  const fail = (error: unknown): void => {
    done.reject(error instanceof Error ? error : new Error(String(error)));
  };
  const warnOrFail = (error: unknown): void => {
    if (!isTransient(error)) fail(error);
    else diagnostics.warn({ error: messageOf(error) }, 'the connection failed; it is made again');
  };
  const inOrder = ordered(warnOrFail);
  const stop = (): void => {
    done.resolve(undefined);
  };
  const link = new Link(calls, {
    opened: () => {
      tell({ kind: 'connected' });
      inOrder(() => rounds.connected());
    },
    received: (message) => {
      inOrder(() => rounds.receive(message));
    },
    lost: (error, wasOpen) => {
      if (wasOpen) tell({ kind: 'disconnected' });
      warnOrFail(error);
    },
  });
  const gained = (epoch: number): void => {
    tell({ kind: 'keyHeld', epoch });
    inOrder(() => rounds.keyGained());
  };
  const keys = dataKeys(part, { link, fail, gained });
  const rounds = studyRounds(part, trainer, models, { link, fail, stop, keys });
  signal.addEventListener('abort', stop, { once: true });
  const running = link.run();
  try {
    await done.promise;
  } finally {
    link.stop();
    await running;
    signal.removeEventListener('abort', stop);
  }
}

interface Ends {
  readonly link: Link;
  readonly fail: (error: unknown) => void;
  readonly stop: () => void;
  readonly keys: DataKeys | null;
}

/** The keys of the study; none without encryption. */
function dataKeys(
  { options, config, keys, study }: Part,
  { link, fail, gained }: Pick<Ends, 'link' | 'fail'> & { readonly gained: (epoch: number) => void },
): DataKeys | null {
  const { plan, planHash, planId, roster, rosterHash } = study;
  const { encryption, keyEpochRounds } = plan.sum;
  if (encryption === 'none') return null;
  const ofPlan = { planHash, rosterHash, encryption, rounds: plan.rounds, keyEpochRounds };
  const sites = new Map(roster.sites.map((entry) => [entry.site, entry] as const));
  const own = { identitySeed: keys.identitySeed.expose(), sealingPrivateKey: keys.sealingPrivateKey.expose() };
  return new DataKeys({ ...ofPlan, sites, site: config.site, ...own }, new KeyFiles(options.dir, planId), {
    crypto: nodeCrypto,
    newKey: () => newDataKey(encryption),
    send: (message) => {
      link.send(message, null);
    },
    gained,
    refused: ({ epoch, code, sealer }) => {
      options.tell({ kind: 'keyRefused', epoch, code, sealer });
    },
    failed: fail,
  });
}

function studyRounds(
  { options, config, keys, calls, study }: Part,
  trainer: Pick<Trainer, 'trainRound' | 'figures'>,
  models: ModelStore,
  { link, fail, stop, keys: dataKeysOfStudy }: Ends,
): StudyRounds {
  const { dir, tell, noMasks, untilDone, signal, diagnostics } = options;
  const telling: Promise<void>[] = [];
  return new StudyRounds({
    dir,
    study,
    site: config.site,
    identitySeed: keys.identitySeed.expose(),
    crypto: nodeCrypto,
    models,
    keys: dataKeysOfStudy,
    seed: runSeed(dir, options.seed),
    noMasks,
    tell,
    train: (start, round, evaluate) => trainer.trainRound(start, round, evaluate),
    evaluated: (round, own, all) => {
      const told = tellEvaluated(trainer, tell, round, own, all).catch(fail);
      telling.push(told);
    },
    send: (message, round) => {
      link.send(message, round);
    },
    uploadChunks: uploads(calls, options),
    fetchAggregate: (published, path) => fetchWhole(calls, published, path, signal),
    uploadSnapshot: (made) => {
      sendSnapshot(calls, made, signal).catch((error: unknown) => {
        diagnostics.warn({ round: made.record.round, error: messageOf(error) }, 'the snapshot was not taken');
      });
    },
    fetchSnapshot: (count) => fetchSnapshot(calls, count, signal),
    getRounds: (firstRound) => patiently(() => calls.getRounds(firstRound), signal),
    finished: () => {
      const end = (): void => {
        tell({ kind: 'done', rounds: study.plan.rounds, modelHash: toHex(models.current()?.hash ?? new Uint8Array()) });
        if (untilDone) stop();
      };
      Promise.all(telling).then(end, fail);
    },
    failed: fail,
  });
}

/** Figures are read from counts where the method is: in the trainer's thread. */
async function tellEvaluated(
  trainer: Pick<Trainer, 'figures'>,
  tell: AgentOptions['tell'],
  round: number,
  own: Int32Array | null,
  all: readonly number[],
): Promise<void> {
  const ownFigures = own === null ? null : await trainer.figures([...own]);
  tell({ kind: 'evaluated', round, own: ownFigures, all: await trainer.figures(all) });
}

/** One stream at a time for one upload, however often it is asked for. */
function uploads(calls: Calls, { signal, diagnostics }: AgentOptions): (sending: Omit<Sending, 'signal'>) => void {
  const underWay = new Set<string>();
  return (sending) => {
    const { round, commitment } = sending.name;
    const key = toHex(commitment);
    if (underWay.has(key)) return;
    underWay.add(key);
    sendUpload(calls, { ...sending, signal })
      .catch((error: unknown) => {
        diagnostics.warn({ round, error: messageOf(error) }, 'the upload was not taken');
      })
      .finally(() => underWay.delete(key));
  };
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
