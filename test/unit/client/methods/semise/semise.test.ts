import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { fixReference } from '#client/engine/reference';
import type { HostValues, TensorSpec } from '#client/engine/types';
import { semise } from '#client/methods/semise/semise';
import type { Method, SamplerWorld } from '#client/methods/types';
import { pairOf } from './pair.ts';

const tiny = {
  embedding: 8,
  image: { size: 16, resnet: { width: 8, blocks: [1], strides: 4 } },
  training: { batchSize: 6 },
  augmentation: { noise: 0 },
};
const grades = [0, 2, 0, 4, undefined, undefined, undefined, undefined];
const pairs = grades.map((grade, i) => pairOf(`p${i}`, grade));
const world = { seed: 3, totalSteps: 10 } as SamplerWorld; // what this sampler reads

function methodOf(section: Readonly<Record<string, unknown>> = {}): Method {
  return semise({ ...tiny, semise: { graded: 3, projector: 8, ...section } });
}

async function batchAt(method: Method, step: number, some: readonly Pair[] = pairs): Promise<HostValues> {
  return (await method.sampler(some, world)).batch(step);
}

function tensors(specs: Readonly<Record<string, TensorSpec>>, values: HostValues): Readonly<Record<string, tf.Tensor>> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [name, tf.tensor(values[name]!, [...shape], dtype)]),
  );
}

/** Weights of noise, and this prototype. */
function weightsOf({ parameters }: Method, prototype = 0.3): Readonly<Record<string, tf.Tensor>> {
  const random = randomFor(5, 'weights');
  const entries = parameters.map(({ name, shape }): [string, tf.Tensor] => [
    name,
    name === 'prototype'
      ? tf.fill([...shape], prototype)
      : tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * random.normal()), [...shape]), // prettier-ignore
  ]);
  return Object.fromEntries(entries);
}

function lossOf(method: Method, values: HostValues, prototype?: number): number {
  return method.loss(weightsOf(method, prototype), tensors(method.batch, values), () => undefined).dataSync()[0]!;
}

/** The length of the loss's gradient by a parameter. */
function pull(method: Method, values: HostValues, name: string, prototype?: number): number {
  const weights = weightsOf(method, prototype);
  const batch = tensors(method.batch, values);
  const gradient = tf.grad((moved) => method.loss({ ...weights, [name]: moved }, batch, () => undefined))(
    weights[name]!,
  );
  return tf.norm(gradient).dataSync()[0]!;
}

describe('semise, the method', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('puts graded images first, two views of each image, and no image twice', async () => {
    const method = semise({ ...tiny, semise: { graded: 3 }, augmentation: { shift: 0, contrast: 0, brightness: 0, noise: 0 } }); // prettier-ignore
    for (let step = 0; step < 10; step++) {
      const { image, severity, compared, present } = await batchAt(method, step);
      const views = Array.from({ length: 12 }, (_, i) => image!.slice(256 * i, 256 * (i + 1)));
      const ids = views.map((view) => pairs.find((pair) => Buffer.compare(new Uint8Array(pair.image.buffer), new Uint8Array(view.slice().buffer)) === 0)?.id); // prettier-ignore
      assert.deepEqual(ids.slice(0, 6), ids.slice(6));
      assert.equal(new Set(ids).size, 6);
      assert(!ids.includes(undefined));
      assert.deepEqual(
        [...severity!],
        ids.slice(0, 3).map((id) => grades[Number(id!.slice(1))]), // as named above
      );
      assert.deepEqual([...compared!], [1, 1, 1]);
      assert.deepEqual([...present!], [1, 1, 1, 1, 1, 1]);
    }
  });

  it('augments the two views differently', async () => {
    const { image } = await batchAt(methodOf(), 0);
    assert.notDeepEqual(image!.slice(0, 6 * 256), image!.slice(6 * 256));
  });

  it('discriminates first and orders afterwards, by the share of the run', async () => {
    const method = methodOf({ discriminationShare: 0.3 });
    const stages = await Promise.all([0, 2, 3, 9].map(async (step) => [...(await batchAt(method, step))['stage']!]));
    assert.deepEqual(stages, [[1, 0], [1, 0], [0, 1], [0, 1]]); // prettier-ignore
  });

  it('a site without grades, or with one alone, has NT-Xent alone and weighs with its images', async () => {
    const [method, contrast] = [methodOf({ alpha: 0.4 }), methodOf({ alpha: 1 })];
    for (const some of [pairs.slice(4), pairs.slice(3)]) {
      for (const step of [0, 9]) {
        const batch = await batchAt(method, step, some);
        assert(Math.abs(lossOf(method, batch) - 0.4 * lossOf(contrast, batch)) < 1e-6);
      }
      assert.equal((await method.sampler(some, world)).exampleCount, some.length);
    }
  });

  it('α = 1 sees no grade, in neither stage; otherwise grades change the loss', async () => {
    for (const step of [0, 9]) {
      const batch = await batchAt(methodOf(), step);
      const other = { ...batch, severity: Float32Array.of(2, 2, 2) };
      const [all, contrast] = [methodOf(), methodOf({ alpha: 1 })];
      assert.equal(lossOf(contrast, batch), lossOf(contrast, other));
      assert(Math.abs(lossOf(all, batch) - lossOf(all, other)) > 1e-4);
    }
  });

  it('the preference counts by its valid comparisons', async () => {
    const method = methodOf({ alpha: 0 });
    const batch = { ...(await batchAt(method, 9)), severity: Float32Array.of(3, 1, 0) };
    const of = (...counts: number[]): number => lossOf(method, { ...batch, compared: Float32Array.from(counts) });
    const each = [of(1, 0, 0), of(0, 1, 0), of(0, 0, 1)];
    assert(Math.abs(of(1, 1, 1) - each.reduce((a, b) => a + b)) < 1e-6);
    assert.equal(of(0, 0, 0), 0);
    const tie = { ...batch, severity: Float32Array.of(3, 3, 0) };
    const whole = lossOf(method, tie);
    assert.equal(lossOf(method, { ...tie, compared: Float32Array.of(0, 1, 1) }), whole);
  });

  it('a gradient through the reference moves the healthy images of the batch, and can be stopped', async () => {
    const [kept, stopped] = [true, false].map((referenceGradient) => methodOf({ alpha: 0, referenceGradient }));
    const batch = { ...(await batchAt(kept!, 9)), severity: Float32Array.of(3, 2, 0) };
    assert.equal(lossOf(kept!, batch), lossOf(stopped!, batch));
    const [more, less] = [pull(kept!, batch, 'image.head'), pull(stopped!, batch, 'image.head')];
    assert(more > 0 && less > 0 && Math.abs(more - less) > 1e-4 * less, `${more} ${less}`);
    const ill = { ...batch, severity: Float32Array.of(3, 2, 1) };
    assert(Math.abs(pull(kept!, ill, 'image.head') - pull(stopped!, ill, 'image.head')) < 1e-6);
  });

  it('without a prototype the preference moves nothing, and severity is no number', async () => {
    const method = methodOf({ alpha: 0 });
    const batch = { ...(await batchAt(method, 9)), severity: Float32Array.of(3, 2, 0) };
    assert(Math.abs(lossOf(method, batch, 0) - Math.log(2)) < 1e-6);
    assert.equal(pull(method, batch, 'image.head', 0), 0);
    const { severity } = method.image(weightsOf(method, 0), tf.ones([2, 16, 16]));
    assert([...severity!.dataSync()].every(Number.isNaN));
  });

  it('the prototype is one row that no gradient moves', () => {
    const last = methodOf().parameters.at(-1)!;
    assert.deepEqual([last.name, last.kept, last.trained, last.shape], ['prototype', 'rows', false, [1, 8]]);
  });

  it('the supervised control sees graded images alone', async () => {
    const method = methodOf({ objective: 'supervised' });
    const sampler = await method.sampler(pairs, world);
    assert.equal(sampler.exampleCount, 4);
    const { grade, present } = sampler.batch(0);
    assert.deepEqual([...present!], [1, 1, 1, 1, 0, 0]);
    assert.deepEqual([...grade!].slice(0, 4).sort(), [0, 0, 2, 4]);
    assert(!('rows' in method));
    await assert.rejects(async () => method.sampler(pairs.slice(4), world), { code: 'noUsableRows' });
  });

  it('refuses a grade that is none', async () => {
    for (const label of ['severity:7', 'severity:x', 'severity:']) {
      const wrong = [...pairs, { ...pairOf('q', undefined), labels: [label] }];
      await assert.rejects(async () => methodOf().sampler(wrong, world), { code: 'badFormat' });
    }
  });
});
