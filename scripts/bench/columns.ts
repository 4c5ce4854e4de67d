/** The columns of the comparison, for one seed of the phantom: each site alone, the federation, all data in one place. */
import { randomBytes } from 'node:crypto';
import { nodeCrypto } from '#shared/crypto/node';
import { applyAggregate, initialModel, type Model, type ServerOptimizer } from '#shared/model/apply';
import { dequantize, quantize, type Segment } from '#shared/secagg/quantize';
import { uniformSource } from '#shared/secagg/uniform-source';
import { generatePhantom } from '#client/data/phantom/generate';
import type { Pair } from '#client/data/types';
import type { RetrievalReport } from '#client/evaluate/types';
import type { MethodConfigInput } from '#client/methods/config';
import { startTrainer } from '#client/train/trainer';
import type { LocalRound, Trainer } from '#client/train/types';

export interface ColumnOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly sites: readonly string[];
  readonly config: MethodConfigInput;
  /** Of every site; the phantom's own numbers where left out. */
  readonly trainPairs?: number;
}

/** One site's test pairs under one model. */
export interface Column {
  readonly site: string;
  readonly report: RetrievalReport;
}

const fedAvg: ServerOptimizer = { name: 'fedAvg', serverLearningRate: 1 };

/** Each site's model after all steps on its own data. */
export async function aloneColumn(options: ColumnOptions): Promise<readonly Column[]> {
  return Promise.all(
    options.sites.map((site) =>
      withTrainer(options, pairsOf(options, site), async (trainer) => {
        const { weights } = await trainer.trainAlone();
        return { site, report: await trainer.evaluate(weights) };
      }),
    ),
  );
}

/** One model after all steps on everybody's data, on every site's test pairs. */
export async function pooledColumn(options: ColumnOptions): Promise<readonly Column[]> {
  const bySite = options.sites.map((site) => pairsOf(options, site));
  const weights = await withTrainer(options, bySite.flat(), async (trainer) => (await trainer.trainAlone()).weights);
  return evaluateEverywhere(options, weights);
}

/** The federation's model: quantised deltas, summed and opened as the secure sum does, without masks and encryption. */
export async function federatedColumn(options: ColumnOptions): Promise<readonly Column[]> {
  const trainers = await Promise.all(options.sites.map((site) => openTrainer(options, pairsOf(options, site))));
  try {
    let model = initialModel(fedAvg, trainers[0]!.initialWeights());
    for (let round = 1; round <= options.rounds; round++) {
      const { weights } = model;
      const rounds = await Promise.all(trainers.map((trainer) => trainer.trainRound(weights, round)));
      model = applyRound(model, rounds);
    }
    const { weights } = model;
    return await Promise.all(
      options.sites.map(async (site, i) => ({ site, report: await trainers[i]!.evaluate(weights) })),
    );
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.dispose()));
  }
}

/** The weighted mean of the deltas through the integers of the secure sum. */
function applyRound(model: Model, rounds: readonly LocalRound[]): Model {
  const segments: readonly Segment[] = [{ name: 'delta', length: model.weights.length, range: 0.1, bits: 14 }];
  const weightCap = Math.max(...rounds.map(({ exampleCount }) => exampleCount));
  const sum = new Uint32Array(model.weights.length);
  for (const { delta, exampleCount } of rounds) {
    const uniform = uniformSource(nodeCrypto, randomBytes(32));
    const { quantized } = quantize(segments, { clipNorm: null, weightCap, exampleCount }, delta, uniform);
    for (let i = 0; i < sum.length; i++) sum[i]! += quantized[i]!;
  }
  const exampleCount = rounds.reduce((total, one) => total + one.exampleCount, 0);
  const { mean } = dequantize(segments, { sites: rounds.length, weightCap, exampleCount }, sum);
  return applyAggregate(fedAvg, model, new Float32Array(mean));
}

async function evaluateEverywhere(options: ColumnOptions, weights: Float32Array): Promise<readonly Column[]> {
  return Promise.all(
    options.sites.map((site) =>
      withTrainer(options, pairsOf(options, site), async (trainer) => ({
        site,
        report: await trainer.evaluate(weights),
      })),
    ),
  );
}

function pairsOf({ seed, trainPairs }: ColumnOptions, site: string): readonly Pair[] {
  return generatePhantom({ seed, site, ...(trainPairs === undefined ? {} : { trainPairs }) });
}

function openTrainer({ config, rounds, seed }: ColumnOptions, pairs: readonly Pair[]): Promise<Trainer> {
  return startTrainer({ method: 'clip', config, rounds, data: { pairs }, seed });
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
