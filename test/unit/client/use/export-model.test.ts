import assert from 'node:assert/strict';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { imageValues, textValues } from '#client/methods/batches/values';
import { methodOf } from '#client/methods/methods';
import { initialWeights } from '#client/model/flat-weights';
import { decodeSafetensors } from '#client/model/safetensors';
import { type ExportedFile, onnxOf, safetensorsOf } from '#client/use/export-model';
import { imageVectors, openTrained, textVectors, type Trained } from '#client/use/open-trained';
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
