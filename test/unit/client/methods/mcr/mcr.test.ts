import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { widePhantom } from '#client/data/phantom/wide/generate';
import type { Pair } from '#client/data/types';
import { compile } from '#client/engine/compile';
import { fixReference } from '#client/engine/reference';
import type { HostValues, Tensors, TensorSpec } from '#client/engine/types';
import type { Defaults } from '#client/methods/config';
import { parseMcrConfig } from '#client/methods/mcr/config';
import { mcr } from '#client/methods/mcr/mcr';
import { mcrSampler } from '#client/methods/mcr/sampler';
import { mcrOutputs } from '#client/methods/mcr/step';
import type { Method } from '#client/methods/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { trainedOf, type Weights } from '#client/model/parameters';
import { adamValues } from '#client/train/adamw';
import { sharedOf, trainProgram } from '#client/train/programs';
import { openSession } from '#client/train/session';

/** Small enough for a unit test, and still the whole method: 16 patches of 16 by 16 pixels. */
const common: Defaults = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2, length: 32 },
  embedding: 16,
  training: { localSteps: 3, batchSize: 4, warmupSteps: 1, learningRate: 5e-3 },
};
const section = (own: Defaults = {}): Defaults => ({ ...common, mcr: { decoder: { dim: 8 }, ...own } });
const pairs = phantomPairs(widePhantom, { seed: 1, site: 'west', trainPairs: 6, testPairs: 6 });
const train = pairs.filter(({ split }) => split === 'train');
const [B, P, patch] = [4, 16, 16];

const sampled = async (own: Defaults = {}, from: readonly Pair[] = train, step = 0): Promise<HostValues> =>
  (await mcrSampler(parseMcrConfig(section(own)), from, { seed: 1 })).batch(step);

function tensors(specs: Readonly<Record<string, TensorSpec>>, values: HostValues): Tensors {
  const entries = Object.entries(specs).map(([name, { shape, dtype }]) => [name, tf.tensor(values[name]!, [...shape], dtype)]); // prettier-ignore
  return Object.fromEntries(entries) as Tensors;
}

function weightsOf({ parameters }: Method): Weights {
  const values = splitWeights(parameters, initialWeights(parameters, 1));
  const entries = parameters.map(({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])]);
  return Object.fromEntries(entries) as Weights;
}

/** Which patches of each image a gradient by the pixels reaches: `[B][P]`. */
function reached(gradient: tf.Tensor): readonly (readonly boolean[])[] {
  const values = gradient.dataSync();
  const grid = 64 / patch;
  return Array.from({ length: gradient.shape[0] }, (_, image) =>
    Array.from({ length: P }, (_unused, at) => {
      const [top, left] = [patch * Math.floor(at / grid), patch * (at % grid)];
      const pixels = Array.from({ length: patch * patch }, (_value, i) => [top + Math.floor(i / patch), left + (i % patch)] as const); // prettier-ignore
      return pixels.some(([row, column]) => values[image * 4096 + row * 64 + column] !== 0);
    }),
  );
}

/** The gradient of the contrast alone by the images. */
async function byImage(
  own: Defaults,
): Promise<{ readonly seen: readonly (readonly boolean[])[]; readonly batch: HostValues }> {
  const method = mcr(section({ ...own, lambda1: 0, lambda2: 0 }));
  const batch = await sampled({ ...own, lambda1: 0, lambda2: 0 });
  const [weights, inputs] = [weightsOf(method), tensors(method.batch, batch)];
  const loss = (image: tf.Tensor): tf.Tensor => method.loss(weights, { ...inputs, image }, () => undefined);
  return { seen: reached(tf.grad(loss)(inputs['image']!)), batch };
}

describe('training with MCR', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('exactly half of the patches reach the encoder in training, all of them at inference', async () => {
    const { seen, batch } = await byImage({});
    const keep = batch['keep']!;
    seen.forEach((patches, image) => {
      assert.equal(patches.filter(Boolean).length, P / 2);
      assert.deepEqual(patches.flatMap((isSeen, at) => (isSeen ? [at] : [])), Array.from(keep.subarray(8 * image, 8 * image + 8)).sort((a, b) => a - b)); // prettier-ignore
    });
    const method = mcr(section());
    const weights = weightsOf(method);
    const direction = tf.randomNormal([B, 16], 0, 1, 'float32', 3);
    const answer = (image: tf.Tensor): tf.Tensor =>
      tf.sum(tf.mul(method.image(weights, image)['embedding']!, direction));
    const image = tf.tensor(batch['image']!, [B, 64, 64]);
    assert(reached(tf.grad(answer)(image)).flat().every(Boolean));
  });

  it('takes 98 of 196 patches of an image of 224 pixels', () => {
    const method = mcr({ image: { size: 224, patch: 16 }, training: { batchSize: 2 } });
    assert.deepEqual(method.batch['keep']!.shape, [2, 98]);
    assert.deepEqual(method.batch['restore']!.shape, [2, 196]);
  });

  it('lets the control contrast what is not masked', async () => {
    const { seen } = await byImage({ input: 'dual' });
    assert(seen.flat().every(Boolean));
  });

  it('hides masked words from the contrast, and no words from that of the control', async () => {
    for (const [input, sees] of [
      ['masked', false],
      ['dual', true],
    ] as const) {
      const method = mcr(section({ input }));
      const batch = await sampled({ input });
      const at = batch['maskedWords']!.findIndex((value) => value === 1);
      const ids = Int32Array.from(batch['ids']!);
      ids[at] = ids[at]! + 1;
      const [weights, config] = [weightsOf(method), parseMcrConfig(section({ input }))];
      const [first, other] = [batch, { ...batch, ids }].map((values) => mcrOutputs(weights, config, tensors(method.batch, values)).text.dataSync()); // prettier-ignore
      assert.equal(
        first!.some((value, i) => value !== other![i]),
        sees,
        input,
      ); // two
    }
  });

  it('gives the decoders the other modality only where they are to have it', async () => {
    for (const crossDecoders of [false, true]) {
      const config = parseMcrConfig(section({ crossDecoders }));
      const method = mcr(section({ crossDecoders }));
      const [weights, batch] = [weightsOf(method), await sampled({ crossDecoders })];
      const inputs = tensors(method.batch, batch);
      const darker = { ...inputs, image: tf.neg(inputs['image']!) };
      const [first, other] = [inputs, darker].map((given) => mcrOutputs(weights, config, given));
      const changes = (a: tf.Tensor, b: tf.Tensor): boolean => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]! > 0;
      assert.equal(changes(first!.words!.logits_NTV, other!.words!.logits_NTV), crossDecoders); // it fills in words
      assert.equal(changes(first!.text, other!.text), false);
    }
  });

  it('keeps the decoders at their site, unless a plan shares them', () => {
    const decoders = (own: Defaults): readonly string[] =>
      sharedOf(mcr(section(own)).parameters).map(({ name }) => name).filter((name) => /^(decode|fusion)/.test(name)); // prettier-ignore
    assert.deepEqual(decoders({ crossDecoders: true }), []);
    assert(decoders({ decoders: 'shared' }).length > 10);
  });

  it('draws masks of the seed and the step, and none for the empty places of a batch', async () => {
    assert.deepEqual(await sampled({}, train, 1), await sampled({}, train, 1));
    const [one, other] = [await sampled({}, train, 1), await sampled({}, train, 2)];
    assert.notDeepEqual(one['keep'], other['keep']);
    const short = await sampled({}, train.slice(0, 2));
    assert.deepEqual([...short['present']!], [1, 1, 0, 0]);
    assert(short['maskedPatches']!.subarray(2 * P).every((value) => value === 0));
    assert(short['isHidden']!.subarray(short['isHidden']!.length / 2).every((value) => value === 0));
  });

  it('asks for the pieces that stood where words are masked', async () => {
    const { ids, maskedWords, hiddenPlaces, hiddenPieces, isHidden } = await sampled();
    const [length, most] = [32, isHidden!.length / B];
    for (let example = 0; example < B; example++) {
      const masked = maskedWords!.subarray(length * example, length * (example + 1));
      const places = Array.from(isHidden!.subarray(most * example, most * (example + 1)), (value, i) => value === 1 ? hiddenPlaces![most * example + i]! : -1).filter((place) => place >= 0); // prettier-ignore
      assert.deepEqual(places, Array.from(masked).flatMap((value, place) => (value === 1 ? [place] : []))); // prettier-ignore
      const pieces = Array.from(hiddenPieces!.subarray(most * example, most * example + places.length));
      assert.deepEqual(pieces, places.map((place) => ids![length * example + place])); // prettier-ignore
    }
  });

  it('never looks at labels', async () => {
    const relabelled = train.map((pair) => ({ ...pair, labels: ['veil:4:left'] }));
    assert.deepEqual(await sampled({}, relabelled), await sampled());
  });

  it('trains every parameter in every arm', async () => {
    const arms: readonly Defaults[] = [
      { crossDecoders: true },
      { input: 'dual', pooling: 'poolFirst' },
      { imageMask: 0, textMask: 0 },
      { input: 'dual', lambda1: 0 },
      { input: 'dual', lambda1: 0, lambda2: 0 },
    ];
    for (const own of arms) {
      const method = mcr(section(own));
      const init = splitWeights(method.parameters, initialWeights(method.parameters, 1));
      const runner = await compile(trainProgram(method), { engine: 'onnx', init, worker: false });
      const { loss } = await runner.step({ ...(await sampled(own)), ...adamValues(1, 1e-2, method.config.training) });
      assert(Number.isFinite(loss![0]));
      const after = await runner.readState();
      for (const { name } of trainedOf(method.parameters)) {
        assert(after[name]!.some((value, i) => value !== init[name]![i]), `${JSON.stringify(own)}: ${name}`); // prettier-ignore
      }
      await runner.dispose();
    }
  }).timeout(30_000);

  it('finds reports from images, the same whenever it is asked', async () => {
    const options = { method: 'mcr', config: section(), rounds: 2, data: { pairs }, engine: 'onnx', seed: 1 } as const;
    const session = await openSession(options);
    const run = await session.trainAlone(() => undefined);
    assert(Number.isFinite(run.lossNats));
    assert(run.local.length > 0);
    const first = await session.evaluate(run, 'test');
    assert.deepEqual(await session.evaluate(run, 'test'), first);
    // What stays at the site is of no use in looking.
    assert.deepEqual(await session.evaluate({ weights: run.weights, local: null }, 'test'), first);
    await session.dispose();
  }).timeout(30_000);

  it('shows each patch in the common space', async () => {
    const method = mcr(section());
    const { embedding, tokens } = method.image(weightsOf(method), tf.tensor((await sampled())['image']!, [B, 64, 64]));
    assert.deepEqual(tokens!.shape, [B, P, 16]);
    const mean = tf.mean(tokens!, 1);
    const unit = tf.div(mean, tf.norm(mean, 2, 1, true));
    assert(tf.max(tf.abs(tf.sub(unit, embedding!))).dataSync()[0]! < 1e-5);
  });

  it('refuses what cannot be masked', () => {
    assert.throws(() => mcr({ image: { encoder: 'resnet' } }), { code: 'badPlan' });
    assert.throws(() => mcr({ mcr: { imageMask: 1 } }), { code: 'badPlan' });
    assert.throws(() => mcr({ mcr: { decoder: { dim: 9 } } }), { code: 'badPlan' });
  });
});
