import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import type { Pair } from '#client/data/types';
import { figureAt } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import { brgsa } from '#client/methods/brgsa/brgsa';
import { positivePrompt } from '#client/methods/brgsa/sentences';
import { statementSampler } from '#client/methods/brgsa/sampler';
import { parseBrgsaConfig } from '#client/methods/brgsa/config';
import { zeroShotScoresOf } from '#client/methods/brgsa/zero-shot';
import type { Tensors } from '#client/engine/types';
import type { Model, Summariser } from '#client/methods/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { keptAs } from '#client/model/parameters';
import { openSession } from '#client/train/session';
import type { LocalRound } from '#client/train/types';
import { vocabularyNamed } from '#client/text/vocabularies';

/** As small as it trains. */
const tiny = {
  image: { blocks: 1, dim: 16, heads: 2 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 3, batchSize: 8, warmupSteps: 1 },
  brgsa: { bankRows: 12, patientFloor: 2 },
};
const pairs = phantomPairs(phantomNamed('chest'), { seed: 1, site: 'north', trainPairs: 16, testPairs: 30 });
const train = pairs.filter(({ split }) => split === 'train');

interface Trained {
  readonly round: LocalRound;
  readonly report: MethodReport;
}

async function trained(config: object, data: readonly Pair[] = pairs): Promise<Trained> {
  const session = await openSession({
    method: 'brgsa',
    config,
    rounds: 2,
    data: { pairs: data },
    engine: 'onnx',
    seed: 3,
  });
  const weights = session.program.initialWeights;
  const round = await session.trainRound({ weights, local: null }, 1);
  const report = await session.evaluate({ weights, local: null }, 'test');
  await session.dispose();
  return { round, report };
}

/** The words of a batch's texts. */
function wordsOf(ids: ArrayLike<number>): readonly string[] {
  const { pieces } = vocabularyNamed('phantom-chest-1');
  return Array.from(ids, (id) => pieces[id]!);
}

/** Of an image and of a text of three words, from the initial weights. */
function outputsWith(gain: number): Readonly<Record<'image' | 'text', Tensors>> {
  const method = brgsa({ ...tiny, text: { ...tiny.text, length: 3 }, brgsa: { ...tiny.brgsa, gain } });
  const values = splitWeights(method.parameters, initialWeights(method.parameters, 1));
  const weights = Object.fromEntries(
    method.parameters.map(({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])]), // all have values
  );
  return {
    image: method.image(weights, tf.tensor(train[0]!.image, [1, 16, 32, 32])),
    text: method.text!(weights, tf.tensor2d([[1, 5, 9]], [1, 3], 'int32'), tf.ones([1, 3])), // it reads texts
  };
}

function rounded(tensor: tf.Tensor): readonly string[] {
  return Array.from(tensor.dataSync(), (value) => value.toFixed(5));
}

describe('brgsa', () => {
  let own: Awaited<ReturnType<typeof trained>>;
  before(async () => {
    own = await trained(tiny);
  });

  it('trains, says how its rows moved and how much they are used, and reports finite figures', () => {
    const { round, report } = own;
    assert(Number.isFinite(round.lossNats) && round.delta.some((value) => value !== 0));
    const [rows] = round.rows;
    assert.equal(rows?.name, 'bank');
    assert.deepEqual([rows.weights.length, rows.delta.length], [12, 12 * 16]);
    assert(rows.weights.some((weight) => weight > 0));
    rows.weights.forEach((weight, k) => {
      const moved = rows.delta.subarray(k * 16, (k + 1) * 16).some((value) => value !== 0);
      assert.equal(moved, weight > 0);
    });
    for (const path of [
      'zeroShot.all',
      'zeroShot.common',
      'zeroShot.low.common',
      'gap.distance',
      'gap.alignment',
      'readGap.distance',
      'imageToReport.recallAt5',
      'reportToImage.recallAt5',
    ]) {
      assert(Number.isFinite(figureAt(report.figures, path)), path);
    }
    assert.equal(figureAt(report.chance, 'zeroShot.rare'), 0.5);
  });

  it('sends a row of fewer patients than the floor as nothing', async () => {
    const { round } = await trained({ ...tiny, brgsa: { bankRows: 12, patientFloor: 100 } });
    assert(
      round.rows[0]!.weights.every((weight) => weight === 0) && round.rows[0]!.delta.every((value) => value === 0),
    );
  }).timeout(60_000);

  it('never reads a label: training is the same without them', async () => {
    const unlabelled = pairs.map((pair) => ({ ...pair, labels: [] }));
    const [{ round, report }, other] = [own, await trained(tiny, unlabelled)];
    assert.deepEqual(other.round.delta, round.delta);
    assert.equal(figureAt(other.report.figures, 'zeroShot.all'), null); // no class has a positive
    assert.equal(figureAt(other.report.figures, 'gap.distance'), figureAt(report.figures, 'gap.distance'));
  }).timeout(60_000);

  it('begins with an orthogonal bank that is shared by rows and comes last', () => {
    const { parameters } = brgsa(tiny);
    assert.deepEqual(keptAs(parameters, 'rows'), [parameters.at(-1)]);
    assert.deepEqual(parameters.at(-1), { name: 'bank', shape: [12, 16], init: { kind: 'orthogonal' }, kept: 'rows' });
  });

  it('has the published weights, scale, statements and score by default', () => {
    const { losses, scale, trainedScale, statements, score } = parseBrgsaConfig({}).brgsa;
    assert.deepEqual([losses, scale, trainedScale, statements, score], [{ mse: 0.5, info: 1, infoR: 1 }, 10, false, 5, 'both']); // prettier-ignore
    assert.throws(() => brgsa({ brgsa: { bankRows: -1 } }), { code: 'badPlan' });
  });

  it('lengthens v and t by the gain, which turns neither and lets the bank tell them apart', () => {
    const [plain, long] = [outputsWith(1), outputsWith(16)];
    for (const side of ['image', 'text'] as const) {
      assert.deepEqual(rounded(long[side]['embedding']!), rounded(plain[side]['embedding']!));
      const [usual, greatest] = [plain, long].map((outputs) => Math.max(...outputs[side]['use']!.dataSync()));
      assert(usual! < 2 / 12 && greatest! > 1.5 * usual!, `${usual} and ${greatest}`); // of 12 rows
    }
  });

  it('is CLIP on the same statements without a bank', async () => {
    const control = { ...tiny, brgsa: { bankRows: 0, trainedScale: true } };
    const { parameters, ...others } = brgsa(control);
    assert(!parameters.some(({ name }) => name === 'bank') && parameters.some(({ name }) => name === 'logScale'));
    assert(!('rows' in others));
    const { round, report } = await trained(control);
    assert.deepEqual(round.rows, []);
    assert.equal(figureAt(report.figures, 'readGap.distance'), null);
    const { batchSize } = control.training;
    const world = { seed: 3 };
    const [own, other] = [await statementSampler(parseBrgsaConfig(tiny), train, world), await statementSampler(parseBrgsaConfig(control), train, world)]; // prettier-ignore
    assert.deepEqual(own.batch(4), other.batch(4));
    assert.equal(own.batch(0)['present']?.length, batchSize);
  }).timeout(60_000);
});

describe('statements in batches', () => {
  const config = parseBrgsaConfig(tiny);

  it('are other ones of the same report at every step, and the same again for the same step', async () => {
    const three = train
      .slice(0, 2)
      .map((pair) => ({ ...pair, report: 'mild cardiomegaly . lung nodule . emphysema .' }));
    const sampler = await statementSampler(config, three, { seed: 1 });
    const texts = Array.from({ length: 20 }, (_, step) => wordsOf(sampler.batch(step)['ids'] as Int32Array).join(' '));
    assert(new Set(texts).size > 5);
    assert.deepEqual(sampler.batch(7), sampler.batch(7));
    assert.equal(sampler.exampleCount, 2);
  });

  it("are the hospital's own where it has a summariser, asked once for each text", async () => {
    const asked: string[] = [];
    const own: Summariser = (reports) => {
      asked.push(...reports);
      return Promise.resolve(reports.map(() => ['severe empyema']));
    };
    const told = [...train, { ...train[0]!, id: 'again' }];
    const sampler = await statementSampler(config, told, { seed: 1, summarise: own });
    assert.equal(asked.length, new Set(train.map(({ report }) => report)).size);
    const words = wordsOf((sampler.batch(0)['ids'] as Int32Array).subarray(0, 4));
    assert.deepEqual(words, ['<class>', 'severe', 'empyema', '.']);
  });

  it('are the whole report where nothing of it is left', async () => {
    const silent: Summariser = (reports) => Promise.resolve(reports.map(() => []));
    const same = train.slice(0, 2).map((pair) => ({ ...pair, report: 'lungs clear .' }));
    const sampler = await statementSampler(config, same, { seed: 1, summarise: silent });
    assert.deepEqual(wordsOf((sampler.batch(0)['ids'] as Int32Array).subarray(0, 4)), [
      '<class>',
      'lungs',
      'clear',
      '.',
    ]);
  });

  it('need two pairs', async () => {
    await assert.rejects(statementSampler(config, train.slice(0, 1), { seed: 1 }), { code: 'noUsableRows' });
  });
});

describe('zero-shot scores', () => {
  const row = (...values: readonly number[]): Float32Array => Float32Array.from(values);
  const model = (read?: readonly Float32Array[]): Model => ({
    images: () => Promise.resolve({ embedding: [row(1, 0), row(0, 1)], ...(read === undefined ? {} : { read }) }),
    texts: (prompts) => Promise.resolve({ embedding: prompts.map((_, i) => (i === 0 ? row(1, 0) : row(0.6, 0.8))) }),
    parameter: () => row(),
  });
  const images = [{ image: row() }, { image: row() }];

  it('are the mean of the cosines of v and of v̂, and of either where asked', async () => {
    const read = [row(0, 1), row(0, 1)];
    const scores = async (scored: 'both' | 'image' | 'read'): Promise<readonly (readonly number[])[]> =>
      (await zeroShotScoresOf(model(read), images, ['a', 'b'], scored)).map((each) => each.map((score) => Math.round(100 * score) / 100)); // prettier-ignore
    assert.deepEqual(await scores('both'), [[0.5, 0.7], [0, 0.8]]); // prettier-ignore
    assert.deepEqual(await scores('image'), [[1, 0.6], [0, 0.8]]); // prettier-ignore
    assert.deepEqual(await scores('read'), [[0, 0.8], [0, 0.8]]); // prettier-ignore
  });

  it('are those of v alone where there is no bank, and are asked of any prompt', async () => {
    const scores = await zeroShotScoresOf(model(), images, ['a', 'b', positivePrompt('a disease of no training text')]);
    assert.deepEqual(scores.map((each) => each.length), [3, 3]); // prettier-ignore
    assert(Math.abs(scores[0]![1]! - 0.6) < 1e-6);
  });
});
