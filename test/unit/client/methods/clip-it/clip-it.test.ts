import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { randomFor } from '#client/data/random';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { tileBank, tilePhantom } from '#client/data/phantom/tiles/generate';
import type { Pair } from '#client/data/types';
import { compile } from '#client/engine/compile';
import { fixReference } from '#client/engine/reference';
import { figureAt } from '#client/evaluate/figures';
import { clipIt } from '#client/methods/clip-it/clip-it';
import { unit } from '#client/methods/contrastive';
import { imageEmbedding, imageParameters, textParameters } from '#client/methods/encoders';
import type { Method, SamplerWorld } from '#client/methods/types';
import { initialWeights, joinWeights, splitWeights } from '#client/model/flat-weights';
import { keptAs, trainedOf } from '#client/model/parameters';
import { encodeSafetensors } from '#client/model/safetensors';
import { beginningOf } from '#client/train/beginning';
import { openEvaluation } from '#client/train/evaluation';
import { filesIn } from '#client/train/files';
import { openModel } from '#client/train/model';
import { trainProgram } from '#client/train/programs';
import { openSession, type Session } from '#client/train/session';

/** Encoders as small as they go, over the phantom's own images. */
const sizes = {
  embedding: 8,
  image: { size: 48, channels: 3 as const, patch: 16, dim: 8, heads: 2, blocks: 1 },
  text: { vocabulary: 'phantom-tiles-1', length: 28, dim: 8, heads: 2, blocks: 1 },
};
const training = { localSteps: 2, batchSize: 6, warmupSteps: 1 };
const classes = ['grade-1', 'grade-2', 'grade-3'];
const pairs = phantomPairs(tilePhantom, { seed: 1, site: 'south', trainPairs: 12, testPairs: 12 });
const bank = tileBank(1).slice(0, 30);
const options = { rounds: 3, seed: 5, engine: 'onnx' as const };

describe('clip-it as a method', () => {
  let folder = '';
  let files = {};

  before(async () => {
    await tf.setBackend(fixReference());
    folder = await mkdtemp(join(tmpdir(), 'clip-it-'));
    files = { bank: await put('reports.jsonl', bankOf(bank)), checkpoint: await put('clip.safetensors', checkpoint()) };
  });
  after(() => rm(folder, { recursive: true }));

  const put = async (name: string, bytes: Uint8Array): Promise<{ name: string; sha256: string }> => {
    await writeFile(join(folder, name), bytes);
    return { name, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const section = (own: object = {}): object => ({ ...sizes, training, clipIt: { classes, rank: 2, ...own }, files });
  const open = (own: object = {}, some: readonly Pair[] = pairs): Promise<Session> =>
    openSession({ method: 'clip-it', config: section(own), files: folder, data: { pairs: some }, ...options });

  /** The batches that a site makes of these pairs. */
  async function samplerOf(some: readonly Pair[], own: object = {}): ReturnType<Method['sampler']> {
    const method = clipIt(section(own));
    const beginning = openModel(method, { engine: 'onnx' });
    beginning.write(await beginningOf(method, filesIn(folder)));
    const world: SamplerWorld = { seed: 5, totalSteps: 6, files: filesIn(folder), beginning };
    const sampler = await method.sampler(some, world);
    await beginning.dispose();
    return sampler;
  }

  it('trains both stages and reports every figure from images', async () => {
    const session = await open();
    const run = await session.trainAlone(() => undefined);
    const { figures, chance, pairCount } = await session.evaluate(run, 'test');
    await session.dispose();
    assert.equal(pairCount, 12);
    for (const { path } of session.measures) assert(Number.isFinite(figureAt(figures, path)), path);
    const counted = classes.flatMap((a) => classes.map((p) => figureAt(figures, `confusion.${a}.${p}`)!));
    assert.equal(counted.reduce((sum, count) => sum + count, 0), 12); // prettier-ignore
    assert.equal(figureAt(chance, 'accuracy'), 1 / 3);
    assert(Number.isFinite(run.lossNats));
  }).timeout(30_000);

  it('trains a fusion that never leaves its site where the plan says so, and goes on from it', async () => {
    const { parameters } = clipIt(section({ fusion: 'local' }));
    const own = keptAs(parameters, 'local').map(({ name }) => name);
    assert.deepEqual(own, ['student.fusion.weight', 'student.fusion.bias']);
    assert.deepEqual(keptAs(clipIt(section()).parameters, 'local'), []);
    const session = await open({ fusion: 'local' });
    const { initialWeights: weights } = session.program;
    const last = await session.trainRound({ weights, local: null }, 3);
    const again = await session.trainRound({ weights, local: last.local }, 3);
    await session.dispose();
    const begun = splitWeights(parameters, initialWeights(parameters, 1));
    assert.equal(last.delta.length, weights.length);
    assert.equal(last.local.length, own.reduce((sum, name) => sum + begun[name]!.length, 0)); // prettier-ignore
    assert.notDeepEqual(
      last.local,
      joinWeights(keptAs(parameters, 'local'), ({ name }) => begun[name]!),
    );
    assert.notDeepEqual(again.local, last.local);
  }).timeout(30_000);

  it('counts classes so that the sum over sites gives the figures of all images', async () => {
    const method = clipIt(section());
    const model = openModel(method, { engine: 'onnx' });
    model.write(await beginningOf(method, filesIn(folder)));
    const world = { random: randomFor(1, 'any'), files: filesIn(folder), train: [] };
    const a = await method.tally!.count(model, pairs.slice(0, 7), world); // it has one
    const b = await method.tally!.count(model, pairs.slice(7), world);
    const all = await method.report(model, pairs, world);
    await model.dispose();
    const { accuracy, macroF1, confusion } = all.figures;
    assert.deepEqual(method.tally!.read(a.map((count, i) => count + b[i]!)), { accuracy, macroF1, confusion });
  }).timeout(30_000);

  it('predicts the same with the text bank deleted: a site that evaluates needs none', async () => {
    const session = await open();
    const run = await session.trainAlone(() => undefined);
    const before = await session.evaluate(run, 'test');
    await session.dispose();
    await rm(join(folder, 'reports.jsonl'));
    const { engine, seed } = options;
    const given = { method: 'clip-it', config: section(), files: folder, data: { pairs }, engine, seed };
    const without = await openEvaluation(given);
    assert.deepEqual(await without.evaluate(run, 'test'), before);
    await without.dispose();
    await assert.rejects(open(), { code: 'noSuchFile', message: /reports\.jsonl/ });
    await put('reports.jsonl', bankOf(bank));
  }).timeout(30_000);

  it('pairs without labels, once: other labels and later epochs change no report', async () => {
    const train = pairs.filter(({ split }) => split === 'train');
    const sampler = await samplerOf(train);
    const other = await samplerOf(train.map((pair) => ({ ...pair, labels: ['class:grade-2'] })));
    for (const step of [0, 1, 5]) assert.deepEqual(sampler.batch(step)['ids'], other.batch(step)['ids']);
    const rowsAt = (step: number): string[] => rowsOf(sampler.batch(step)['ids']!, 6).map(String).sort();
    const [epoch1, epoch2] = [
      [...rowsAt(0), ...rowsAt(1)],
      [...rowsAt(2), ...rowsAt(3)],
    ];
    assert.deepEqual(epoch1.sort(), epoch2.sort());
    assert(new Set(epoch1).size > 1);
  }).timeout(30_000);

  it('never uses test images to choose pairs, nor for anything else in training', async () => {
    const blank = pairs.map((pair) => (pair.split === 'test' ? { ...pair, image: pair.image.map(() => 0) } : pair));
    const [own, other] = [await open(), await open({}, blank)];
    const [a, b] = [await own.trainAlone(() => undefined), await other.trainAlone(() => undefined)];
    await own.dispose();
    await other.dispose();
    assert.deepEqual(a.weights, b.weights);
  }).timeout(30_000);

  it('without λ is the control without text, to the last operation', async () => {
    const fingerprintOf = async (own: object): Promise<string> => {
      const runner = await compile(trainProgram(clipIt(section(own))), { engine: 'reference' });
      await runner.dispose();
      return runner.fingerprint;
    };
    assert.equal(await fingerprintOf({ lambda: 0 }), await fingerprintOf({ pairing: 'none' }));
    assert.notEqual(await fingerprintOf({ lambda: 0 }), await fingerprintOf({}));
    const method = clipIt(section({ lambda: 0 }));
    assert(!method.parameters.some(({ name }) => name.startsWith('text')));
    assert(!('text' in method));
    assert(!('ids' in method.batch));
  }).timeout(30_000);

  it('begins as the checkpoint: with B = 0 the image encoder is the frozen one', async () => {
    const method = clipIt(section());
    const values = await beginningOf(method, filesIn(folder));
    const stored = initialWeights(imageParameters('image', method.config), 12);
    assert.deepEqual(joined(imageParameters('image', method.config).map(({ name }) => values[name]!)), stored);
    const tensors = Object.fromEntries(method.parameters.map(({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])])); // prettier-ignore
    const images = tf.tensor(pairs[0]!.image, [1, 48, 48, 3]);
    const base = unit(imageEmbedding(tensors, 'image', method.config, images)).dataSync();
    assert.deepEqual(method.image(tensors, images)['vision']!.dataSync(), base);
  });

  it('moves only factors and heads; one A for all stays as it began', () => {
    const method = clipIt(section());
    const trained = trainedOf(method.parameters).map(({ name }) => name);
    assert(trained.every((name) => name.endsWith('.loraB') || name.startsWith('student.')));
    assert.deepEqual(keptAs(method.parameters, 'shared').map(({ name }) => name), trained); // prettier-ignore
    for (const name of ['image.patch.weight', 'image.head', 'text.head'])
      assert(trained.includes(`${name}.loraB`), name);
    const both = trainedOf(clipIt(section({ factors: 'both' })).parameters).map(({ name }) => name);
    assert(both.includes('image.head.loraA') && both.includes('image.head.loraB'));
  });

  it('moves the teacher in the first stage and not in the second, unless the flag says so', async () => {
    const factor = 'text.head.loraB';
    const movedIn = async (own: object): Promise<readonly [teacher: boolean, student: boolean][]> => {
      const session = await open({ teacherShare: 0.34, ...own });
      const at = (name: string, weights: Float32Array): Float32Array => {
        const shared = keptAs(clipIt(section(own)).parameters, 'shared');
        return splitWeights(shared, weights)[name]!;
      };
      let start = { weights: session.program.initialWeights, local: null };
      const moved: [boolean, boolean][] = [];
      for (const round of [1, 2]) {
        const { delta } = await session.trainRound(start, round);
        const some = (name: string): boolean => at(name, delta).some((value) => value !== 0);
        moved.push([some(factor), some('image.head.loraB')]);
        start = { ...start, weights: start.weights.map((value, i) => value + delta[i]!) };
      }
      await session.dispose();
      return moved;
    };
    assert.deepEqual(await movedIn({}), [[true, false], [false, true]]); // prettier-ignore
    assert.deepEqual(await movedIn({ frozenTeacher: false }), [[true, false], [true, true]]); // prettier-ignore
  }).timeout(60_000);

  it('gives another report to a tile where the pairing is random, from the seed', async () => {
    const train = pairs.filter(({ split }) => split === 'train');
    const ids = async (own: object): Promise<unknown> => (await samplerOf(train, own)).batch(0)['ids'];
    assert.deepEqual(await ids({ pairing: 'random' }), await ids({ pairing: 'random' }));
    assert.notDeepEqual(await ids({ pairing: 'random' }), await ids({}));
  }).timeout(30_000);

  it('refuses a plan without classes or bank, labels that the plan does not name, and another encoder', async () => {
    assert.throws(() => clipIt({ ...sizes, files }), { code: 'badPlan', message: /clipIt/ });
    assert.throws(() => clipIt({ ...sizes, clipIt: { classes } }), { code: 'badPlan', message: /bank/ });
    assert.throws(() => clipIt(section({ classes: ['a', 'a'] })), { code: 'badPlan', message: /twice/ });
    const strange = pairs.map((pair) => ({ ...pair, labels: ['class:grade-9'] }));
    await assert.rejects(open({}, strange), { code: 'badFormat' });
    await assert.rejects(open({}, pairs.map((pair) => ({ ...pair, labels: [] }))), { code: 'noUsableRows' }); // prettier-ignore
    const wider = { ...sizes, embedding: 16, training, clipIt: { classes }, files };
    await assert.rejects(beginningOf(clipIt(wider), filesIn(folder)), { code: 'badFormat', message: /image.head/ });
  });
});

function bankOf(reports: readonly string[]): Uint8Array {
  return new TextEncoder().encode(reports.map((report) => `${JSON.stringify({ report })}\n`).join(''));
}

/** A CLIP of these sizes, from a seed of its own. */
function checkpoint(): Uint8Array {
  const { config } = clipIt({ ...sizes, clipIt: { classes, pairing: 'none' } });
  const parameters = [...imageParameters('image', config), ...textParameters('text', config)];
  const values = splitWeights(parameters, initialWeights(parameters, 12));
  return encodeSafetensors(parameters.map(({ name, shape }) => ({ name, shape, values: values[name]! })));
}

function rowsOf(values: ArrayLike<number>, rows: number): number[][] {
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, i) => Array.from(values).slice(i * width, (i + 1) * width));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
