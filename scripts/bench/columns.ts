/** The columns of a comparison, for one seed of a phantom: each site alone, the federation, all data in one place. */
import { createHash } from 'node:crypto';
import { contributionChunks } from '#client/agent/contribution';
import { foldAggregate } from '#client/agent/fold';
import { planText } from '#client/cli/plan-draft';
import { phantomPairs } from '#client/data/phantom/phantoms';
import type { Phantom, PhantomOptions } from '#client/data/phantom/types';
import type { Pair } from '#client/data/types';
import type { MethodReport } from '#client/evaluate/types';
import { type Evaluation, openEvaluation } from '#client/train/evaluation';
import { startTrainer } from '#client/train/trainer';
import type { LocalRound, StartingPoint, Trainer } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import { initialModel, type Model } from '#shared/model/apply';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import { uniformSource } from '#shared/secagg/uniform-source';
import { toSiteId } from '#shared/util/ids';

/** What is trained, and for how long. */
export interface Training {
  readonly method: string;
  /** The method's section of the plan. */
  readonly config: unknown;
  readonly seed: number;
  readonly rounds: number;
  /** The folder of the files that the section names. */
  readonly files?: string;
}

/** On what. */
export interface ColumnOptions extends Training {
  readonly phantom: Phantom;
  readonly sites: readonly string[];
  /** Of every site; the phantom's own numbers where left out. */
  readonly trainPairs?: number;
  readonly testPairs?: number;
}

/** One site's test pairs under one model. */
export interface Column {
  readonly site: string;
  readonly report: MethodReport;
}

/** For each site, the model that was trained there alone, on every site's test pairs. */
export async function aloneColumns(options: ColumnOptions): Promise<readonly (readonly Column[])[]> {
  const models = await Promise.all(options.sites.map((site) => trainedAlone(options, pairsOf(options, site))));
  const columns: (readonly Column[])[] = [];
  for (const model of models) columns.push(await evaluateEverywhere(options, () => model));
  return columns;
}

/** One model after all steps on everybody's data, on every site's test pairs. */
export async function pooledColumn(options: ColumnOptions): Promise<readonly Column[]> {
  const bySite = options.sites.map((site) => pairsOf(options, site));
  const model = await trainedAlone(options, bySite.flat());
  return evaluateEverywhere(options, () => model);
}

/** A federation's model with what each site kept, on every site's test pairs. */
export interface FederatedColumn {
  readonly columns: readonly Column[];
  /** Mean seconds of a step at one site, all sites training beside each other. */
  readonly secondsPerStep: number;
}

/** The federation, and its model on every site's test pairs. */
export async function federatedColumn(options: ColumnOptions): Promise<FederatedColumn> {
  const { sites } = options;
  const bySite = new Map(sites.map((site) => [site, pairsOf(options, site)]));
  const { models, secondsPerStep } = await federated(options, bySite);
  return { columns: await evaluateEverywhere(options, (site) => models.get(site)!), secondsPerStep }; // one of each
}

/** What a federation ends with. */
export interface Federated {
  /** By site: the model of all, and what the site kept. */
  readonly models: ReadonlyMap<string, StartingPoint>;
  readonly secondsPerStep: number;
}

/** The rounds of sites with these pairs: contributions quantised, summed and folded, without masks and encryption. */
export async function federated(training: Training, bySite: ReadonlyMap<string, readonly Pair[]>): Promise<Federated> {
  const sites = [...bySite.keys()];
  const trainers = await Promise.all(Array.from(bySite.values(), (pairs) => openTrainer(training, pairs)));
  try {
    const plan = planOf(training, sites, trainers[0]!);
    let model = initialModel(toServerOptimizer(plan), trainers[0]!.initialWeights());
    let kept: readonly (Float32Array | null)[] = sites.map(() => null);
    const began = performance.now();
    let steps = 0;
    for (let round = 1; round <= training.rounds; round++) {
      const { weights } = model;
      const local = await Promise.all(
        trainers.map((trainer, i) => trainer.trainRound({ weights, local: kept[i]! }, round)), // one for each
      );
      model = folded(plan, model, local, training.seed, sites);
      kept = local.map((one) => one.local);
      steps += local[0]!.steps;
    }
    const secondsPerStep = (performance.now() - began) / 1000 / steps;
    const { weights } = model;
    return { models: new Map(sites.map((site, i) => [site, { weights, local: kept[i]! }])), secondsPerStep }; // as above
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.dispose()));
  }
}

function planOf({ rounds }: Training, sites: readonly string[], { program }: Trainer): Plan {
  const weightCap = 65_535;
  return parsePlan(
    planText({ name: 'bench', rounds, sites: sites.length, weightCap, bits: 16, encryption: 'none' }, program),
  );
}

/** The next model, by the very integers and the very fold of a round. */
function folded(plan: Plan, model: Model, local: readonly LocalRound[], seed: number, sites: readonly string[]): Model {
  const sum = local
    .map((contribution, i) => {
      const key = createHash('sha256').update(`${seed} ${i} ${model.round}`).digest();
      return [...contributionChunks(plan, contribution, uniformSource(nodeCrypto, new Uint8Array(key)))];
    })
    .reduce((a, b) => a.map((chunk, i) => chunk.map((word, at) => word + b[i]![at]!))); // cut alike
  const bytes = Buffer.concat(sum.map(({ buffer }) => Buffer.from(buffer)));
  const published = {
    kind: 'aggregatePublished' as const,
    round: model.round + 1,
    attempt: 1,
    u3: sites.map((site) => toSiteId(site)!), // names of the phantom's sites
    aggregateHash: nodeCrypto.sha256(bytes),
    byteLength: bytes.length,
  };
  const cipher = cipherOf({ crypto: nodeCrypto, parameters: toSumParameters(plan), bgv: null });
  const folding = { plan, model, published, context: new Uint8Array(32), dataKey: null };
  return foldAggregate(cipher, folding, (from, length) => bytes.subarray(from, from + length)).model;
}

async function evaluateEverywhere(
  options: ColumnOptions,
  modelOf: (site: string) => StartingPoint,
): Promise<readonly Column[]> {
  return Promise.all(
    options.sites.map((site) =>
      withEvaluation(options, pairsOf(options, site), async (evaluation) => ({
        site,
        report: await evaluation.evaluate(modelOf(site), 'test'),
      })),
    ),
  );
}

/** What `use` makes of an evaluation on these pairs. */
export async function withEvaluation<T>(
  { method, config, files, seed }: Training,
  pairs: readonly Pair[],
  use: (evaluation: Evaluation) => Promise<T>,
): Promise<T> {
  const folder = files === undefined ? {} : { files };
  const evaluation = await openEvaluation({ method, config, ...folder, data: { pairs }, seed });
  try {
    return await use(evaluation);
  } finally {
    await evaluation.dispose();
  }
}

/** The pairs of one seed: every column of it asks for them again. */
const drawn = new Map<string, readonly Pair[]>();

function pairsOf({ phantom, seed, trainPairs, testPairs }: ColumnOptions, site: string): readonly Pair[] {
  const of = `${phantom.name} ${seed}`;
  const key = `${of} ${site} ${trainPairs} ${testPairs}`;
  for (const other of drawn.keys()) if (!other.startsWith(`${of} `)) drawn.delete(other);
  const pairs = drawn.get(key) ?? phantomPairs(phantom, { seed, site, ...given({ trainPairs, testPairs }) });
  drawn.set(key, pairs);
  return pairs;
}

function given(values: Readonly<Record<'trainPairs' | 'testPairs', number | undefined>>): Partial<PhantomOptions> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function openTrainer({ method, config, files, rounds, seed }: Training, pairs: readonly Pair[]): Promise<Trainer> {
  const folder = files === undefined ? {} : { files };
  return startTrainer({ method, config, ...folder, rounds, data: { pairs }, seed });
}

/** All steps on these pairs. */
export async function trainedAlone(training: Training, pairs: readonly Pair[]): Promise<StartingPoint> {
  const trainer = await openTrainer(training, pairs);
  try {
    return await trainer.trainAlone();
  } finally {
    await trainer.dispose();
  }
}
