import assert from 'node:assert/strict';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { imageSpecs } from '#client/methods/batches/specs';
import { imageValues, textValues } from '#client/methods/batches/values';
import { methodOf } from '#client/methods/methods';
import type { Method, Model } from '#client/methods/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { decodeSafetensors } from '#client/model/safetensors';
import { openModel } from '#client/train/model';
import { type ExportedFile, onnxOf, safetensorsOf } from '#client/use/export-model';
import { imageVectors, openTrained, textVectors, type Trained } from '#client/use/open-trained';
import { drawn } from '../../../support/model/encoder.ts';
import { smallClip } from '../../../support/trained-site.ts';

const pairs = phantomPairs(phantomNamed('radiograph'), { seed: 1, site: 'north', trainPairs: 3, testPairs: 1 });
const about = { method: 'clip', plan: 'ab'.repeat(32), round: 2, modelHash: 'cd'.repeat(32) };

function fileNamed(files: readonly ExportedFile[], name: string): Uint8Array {
  const found = files.find((file) => file.name === name);
  assert(found !== undefined, name);
  return found.bytes;
}

function assertNear(data: ArrayLike<number>, expected: readonly Float32Array[]): void {
  const flat = expected.flatMap((row) => [...row]);
  assert.equal(data.length, flat.length);
  const worst = Math.max(...flat.map((value, i) => Math.abs(value - data[i]!)));
  assert(worst < 1e-5, `differ by ${worst}`);
}

/** Its text encoder answers 1, 3 and 17 reports as the model does. */
async function sameTexts({ config }: Method, model: Model, files: readonly ExportedFile[]): Promise<void> {
  const session = await InferenceSession.create(fileNamed(files, 'text.onnx'));
  for (const count of [1, 3, 17]) {
    const reports = Array.from({ length: count }, (_, i) => `There is effusion ${'and edema '.repeat(i % 4)}.`);
    const { ids, mask } = textValues(config, count, reports);
    const read = await session.run({
      ids: new Tensor('int32', ids as Int32Array, [count, config.text.length]),
      mask: new Tensor('float32', mask as Float32Array, [count, config.text.length]),
    });
    assertNear(read['embedding']!.data as Float32Array, (await model.texts(reports))['embedding']!);
  }
  await session.release();
}

describe('an exported model', () => {
  let trained: Trained;
  before(async () => {
    const { parameters } = methodOf('clip', smallClip);
    const start = { weights: initialWeights(parameters, 5), local: null };
    trained = await openTrained({ method: 'clip', config: smallClip, start, engine: 'onnx' });
  });
  after(() => trained.dispose());

  it('gives in ONNX Runtime the vectors that the model gives', async () => {
    const { config } = trained.method;
    const files = await onnxOf(trained, about, pairs.length);
    assert.deepEqual(files.map(({ name }) => name), ['image.onnx', 'text.onnx', 'vocabulary.json', 'model.json']); // prettier-ignore
    const image = await InferenceSession.create(fileNamed(files, 'image.onnx'));
    const pixels = imageValues(config, pairs.length, pairs, (pair, out, at) => {
      out.set(pair.image, at);
    });
    const seen = await image.run({ image: new Tensor('float32', pixels, [pairs.length, 64, 64]) });
    assertNear(seen['embedding']!.data as Float32Array, await imageVectors(trained, pairs));
    await image.release();
    const reports = pairs.map(({ report }) => report);
    const text = await InferenceSession.create(fileNamed(files, 'text.onnx'));
    const { ids, mask } = textValues(config, reports.length, reports);
    const shape = [reports.length, config.text.length];
    const read = await text.run({
      ids: new Tensor('int32', ids as Int32Array, shape),
      mask: new Tensor('float32', mask as Float32Array, shape),
    });
    assertNear(read['embedding']!.data as Float32Array, await textVectors(trained, reports));
    await text.release();
  });

  it('takes 1, 3 or 17 examples at a time, whatever the encoder, and gives what the model gives', async () => {
    const size = {
      embedding: 8,
      image: { size: 16, patch: 8, dim: 8, heads: 2, blocks: 1 },
      text: { dim: 8, heads: 2 },
    };
    const volume = { ...size, image: { ...size.image, size: [8, 16, 16] } };
    const pretrained = {
      image: { name: 'vit', sha256: '0'.repeat(64), layout: 'vit-timm' },
      text: { name: 'bert', sha256: '0'.repeat(64), layout: 'bert', vocabulary: { name: 'v', sha256: '0'.repeat(64) } },
    };
    const residual = { embedding: 8, image: { size: 16, resnet: { width: 8, blocks: [1, 1] } } };
    for (const [name, config] of [
      ['clip', size],
      ['clip', { ...size, pretrained }],
      ['clip-it', { ...size, clipIt: { classes: ['a', 'b'], pairing: 'none' } }],
      ['semise', residual],
      ['semise', { embedding: 8, image: { ...residual.image, size: [8, 16, 16] } }],
      ['brgsa', volume],
      ['selip', volume],
      ['mcr', size],
    ] as const) {
      const method = methodOf(name, config);
      const values = splitWeights(method.parameters, initialWeights(method.parameters, 1));
      const model = openModel(method, { engine: 'onnx', threads: 1, worker: false });
      model.write(values);
      const files = await onnxOf({ ...trained, method, model, values }, about);
      const session = await InferenceSession.create(fileNamed(files, 'image.onnx'));
      const shape = imageSpecs(method.config, 1)['image']!.shape.slice(1);
      for (const count of [1, 3, 17]) {
        const some = Array.from({ length: count }, (_, i) => ({ image: drawn(shape, i) }));
        const pixels = Float32Array.from(some.flatMap(({ image }) => [...image]));
        const seen = await session.run({ image: new Tensor('float32', pixels, [count, ...shape]) });
        const expected = await model.images(some);
        for (const output of Object.keys(expected).filter((one) => one !== 'severity')) {
          // not a number without a prototype
          assertNear(seen[output]!.data as Float32Array, expected[output]!);
        }
      }
      await session.release();
      if (method.text !== undefined) await sameTexts(method, model, files);
      await model.dispose();
    }
  });

  it('takes one size of batch where it is asked to', async () => {
    const image = await InferenceSession.create(fileNamed(await onnxOf(trained, about, 2), 'image.onnx'));
    await assert.rejects(
      image.run({ image: new Tensor('float32', new Float32Array(3 * 64 * 64), [3, 64, 64]) }),
      /dimension/,
    );
    await image.release();
  });

  it('holds the numbers of the model, under its names, and says of which model they are', () => {
    const files = safetensorsOf(trained, about);
    const { tensors, metadata } = decodeSafetensors(fileNamed(files, 'model.safetensors'));
    assert.deepEqual(metadata, { ...about, round: '2' });
    assert.deepEqual(Object.fromEntries(tensors.map(({ name, values }) => [name, values])), trained.values);
    const said = JSON.parse(new TextDecoder().decode(fileNamed(files, 'model.json'))) as { readonly config: unknown };
    assert.deepEqual(said.config, JSON.parse(JSON.stringify(trained.method.config)));
  });

  it('runs without operators of ONNX Runtime for convolutions, volumes and banks too', async () => {
    const resnet = { embedding: 8, image: { size: 16, resnet: { width: 8, blocks: [1, 1] } } };
    const volume = { embedding: 8, image: { size: [4, 8, 8], patch: 4, dim: 8, heads: 2 }, text: { dim: 8, heads: 2 } };
    for (const [method, config] of [
      ['semise', resnet],
      ['brgsa', volume],
    ] as const) {
      const { parameters } = methodOf(method, config);
      const start = { weights: initialWeights(parameters, 1), local: null };
      const one = await openTrained({ method, config, start, engine: 'onnx' });
      const bytes = fileNamed(await onnxOf(one, about, 1), 'image.onnx');
      assert(!Buffer.from(bytes).includes('com.microsoft'), method);
      const session = await InferenceSession.create(bytes);
      assert(session.outputNames.includes('embedding'));
      await session.release();
      await one.dispose();
    }
  });

  it('keeps what is local to the site out', async () => {
    const config = { image: { size: 32, patch: 16, dim: 16, heads: 2, blocks: 1 }, text: { dim: 16, heads: 2 }, embedding: 16 }; // prettier-ignore
    const { parameters } = methodOf('mcr', config);
    const shared = parameters.filter(({ kept = 'shared' }) => kept !== 'local');
    assert(shared.length < parameters.length);
    const start = { weights: initialWeights(shared, 1), local: null };
    const mcr = await openTrained({ method: 'mcr', config, start, engine: 'onnx' });
    const { tensors } = decodeSafetensors(fileNamed(safetensorsOf(mcr, about), 'model.safetensors'));
    assert.deepEqual(new Set(tensors.map(({ name }) => name)), new Set(shared.map(({ name }) => name)));
    await mcr.dispose();
  });
}).timeout(30_000);
