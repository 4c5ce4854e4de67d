/** The columns of a comparison, for one seed of a phantom: each site alone, the federation, all data in one place. */
import { createHash } from 'node:crypto';
import { contributionChunks } from '#client/agent/contribution';
import { foldAggregate } from '#client/agent/fold';
import { planText } from '#client/cli/plan-draft';
import { phantomPairs } from '#client/data/phantom/phantoms';
import type { Phantom, PhantomOptions } from '#client/data/phantom/types';
import type { Pair } from '#client/data/types';
import type { MethodReport } from '#client/evaluate/types';
import { openEvaluation } from '#client/train/evaluation';
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

/** What is trained, and on what. */
export interface ColumnOptions {
  readonly method: string;
  /** The method's section of the plan. */
  readonly config: unknown;
  readonly phantom: Phantom;
  readonly seed: number;
  readonly rounds: number;
  readonly sites: readonly string[];
  /** The folder of the files that the section names. */
  readonly files?: string;
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
  const models = await Promise.all(
    options.sites.map((site) => withTrainer(options, pairsOf(options, site), (trainer) => trainer.trainAlone())),
  );
  const columns: (readonly Column[])[] = [];
  for (const model of models) columns.push(await evaluateEverywhere(options, () => model));
  return columns;
}

/** One model after all steps on everybody's data, on every site's test pairs. */
export async function pooledColumn(options: ColumnOptions): Promise<readonly Column[]> {
  const bySite = options.sites.map((site) => pairsOf(options, site));
  const model = await withTrainer(options, bySite.flat(), (trainer) => trainer.trainAlone());
  return evaluateEverywhere(options, () => model);
}

/** A federation's model with what each site kept, on every site's test pairs. */
export interface FederatedColumn {
  readonly columns: readonly Column[];
  /** Mean seconds of a step at one site, all sites training beside each other. */
  readonly secondsPerStep: number;
}

/** The federation: contributions quantised, summed and folded as in a round, without masks and encryption. */
export async function federatedColumn(options: ColumnOptions): Promise<FederatedColumn> {
  const trainers = await Promise.all(options.sites.map((site) => openTrainer(options, pairsOf(options, site))));
  try {
    const plan = planOf(options, trainers[0]!);
    let model = initialModel(toServerOptimizer(plan), trainers[0]!.initialWeights());
    let kept: readonly (Float32Array | null)[] = options.sites.map(() => null);
    const began = performance.now();
    let steps = 0;
    for (let round = 1; round <= options.rounds; round++) {
      const { weights } = model;
      const local = await Promise.all(
        trainers.map((trainer, i) => trainer.trainRound({ weights, local: kept[i]! }, round)), // one for each
      );
      model = folded(plan, model, local, options);
      kept = local.map((one) => one.local);
      steps += local[0]!.steps;
    }
    const secondsPerStep = (performance.now() - began) / 1000 / steps;
    const { weights } = model;
    const columns = await Promise.all(
      options.sites.map(async (site, i) => {
        const report = await trainers[i]!.evaluate({ weights, local: kept[i]! }); // as above
        return { site, report };
      }),
    );
    return { columns, secondsPerStep };
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.dispose()));
  }
}

function planOf({ rounds, sites }: ColumnOptions, { program }: Trainer): Plan {
  const weightCap = 65_535;
  return parsePlan(
    planText({ name: 'bench', rounds, sites: sites.length, weightCap, bits: 16, encryption: 'none' }, program),
  );
}

/** The next model, by the very integers and the very fold of a round. */
function folded(plan: Plan, model: Model, local: readonly LocalRound[], { seed, sites }: ColumnOptions): Model {
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
    options.sites.map(async (site) => {
      const { method, config, files, seed } = options;
      const folder = files === undefined ? {} : { files };
      const data = { pairs: pairsOf(options, site) };
      const evaluation = await openEvaluation({ method, config, ...folder, data, seed });
      try {
        return { site, report: await evaluation.evaluate(modelOf(site), 'test') };
      } finally {
        await evaluation.dispose();
      }
    }),
  );
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

function openTrainer({ method, config, files, rounds, seed }: ColumnOptions, pairs: readonly Pair[]): Promise<Trainer> {
  const folder = files === undefined ? {} : { files };
  return startTrainer({ method, config, ...folder, rounds, data: { pairs }, seed });
}

async function withTrainer<T>(
  options: ColumnOptions,
  pairs: readonly Pair[],
  use: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const trainer = await openTrainer(options, pairs);
  try {
    return await use(trainer);
  } finally {
    await trainer.dispose();
  }
}
