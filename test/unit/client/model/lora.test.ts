import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { imageEncoderParameters, encodeImage } from '#client/model/image-encoder';
import { factorNames, isLinearWeight, lora, loraParameters, mergeLora, withLora } from '#client/model/lora';
import type { Parameter } from '#client/model/parameters';
import { encodeByResNet, resNetParameters, type ResNetSizes } from '#client/model/resnet';
import {
  drawn,
  type Encoder,
  forwardProgram,
  gradientProgram,
  initialValues,
  outputsOf,
} from '../../../support/model/encoder.ts';

const scale = { alpha: 8, rank: 2 };
const vitSizes = { size: 8, patch: 4, dim: 8, blocks: 2, heads: 2 };
const vit = {
  base: imageEncoderParameters('image', vitSizes, 6),
  inputs: { x: { shape: [2, 8, 8], dtype: 'float32' } },
} as const;
const batch = { x: drawn([2, 8, 8], 7) };
const resNetSizes: ResNetSizes = { axes: 2, block: 'basic', blocks: [1], width: 2, groups: 1 };

const baseOf = (): Encoder => ({
  parameters: vit.base,
  inputs: vit.inputs,
  encode: (weights, { x }) => encodeImage(weights, 'image', vitSizes, x!),
});
const adaptedOf = (): Encoder => ({
  ...baseOf(),
  parameters: [...vit.base, ...loraParameters(vit.base, scale)],
  encode: (weights, { x }) => encodeImage(withLora(weights, weights, scale), 'image', vitSizes, x!),
});
/** Values of which no factor is zero. */
function moved(parameters: readonly Parameter[]): Readonly<Record<string, Float32Array>> {
  const factors = parameters.filter(({ name }) => name.endsWith('.loraB'));
  const drawnFactors = factors.map(({ name, shape }, i): [string, Float32Array] => [name, drawn(shape, i)]);
  return { ...initialValues(parameters), ...Object.fromEntries(drawnFactors) };
}
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!)));
}

describe('LoRA of an encoder', () => {
  it('begins as the encoder, to the bit', async () => {
    const { parameters } = adaptedOf();
    const init = initialValues(parameters);
    const base = await outputsOf(forwardProgram(baseOf()), initialValues(vit.base), batch);
    const adapted = await outputsOf(forwardProgram(adaptedOf()), init, batch);
    assert.deepEqual(adapted, base);
    for (const { name } of vit.base) assert.deepEqual(init[name], initialValues(vit.base)[name]);
  });

  it('gives each linear layer two factors, A from the seed and B zero', () => {
    const factors = loraParameters(vit.base, scale);
    const names = vit.base.filter(isLinearWeight).map(({ name }) => factorNames(name));
    assert.equal(names.length, 1 + 2 * 4);
    assert.deepEqual(factors.map(({ name }) => name), names.flatMap(({ a, b }) => [a, b])); // prettier-ignore
    const qkv = factors.filter(({ name }) => name.startsWith('image.block0.qkv.weight'));
    assert.deepEqual(qkv.map(({ shape }) => shape), [[8, 2], [2, 24]]); // prettier-ignore
    const values = initialValues(factors);
    assert(
      values['image.block0.qkv.weight.loraA']!.every((value) => value !== 0 && Math.abs(value) <= 1 / Math.sqrt(8)),
    );
    assert(values['image.block0.qkv.weight.loraB']!.every((value) => value === 0));
  });

  it('adapts what it is told to adapt', () => {
    const names = loraParameters(vit.base, scale, ({ name }) => name.endsWith('.qkv.weight')).map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.endsWith('A')), ['image.block0.qkv.weight.loraA', 'image.block1.qkv.weight.loraA']); // prettier-ignore
  });

  it('merged on the host gives what it gives applied, eager and compiled', async () => {
    const { parameters } = adaptedOf();
    const values = moved(parameters);
    const merged = mergeLora(vit.base, values, scale);
    assert.deepEqual(Object.keys(merged), vit.base.map(({ name }) => name)); // prettier-ignore
    const base = await outputsOf(forwardProgram(baseOf()), initialValues(vit.base), batch);
    for (const engine of ['reference', 'onnx'] as const) {
      const applied = await outputsOf(forwardProgram(adaptedOf()), values, batch, engine);
      const once = await outputsOf(forwardProgram(baseOf()), merged, batch, engine);
      assert.ok(worst(applied['y']!, once['y']!) < 1e-5);
      assert.ok(worst(applied['y']!, base['y']!) > 1e-2);
    }
  });

  it('is x W + (α/r) (x A) B of a layer', async () => {
    await tf.setBackend('cpu');
    const tensor = (shape: [number, number], seed: number): tf.Tensor2D => tf.tensor2d(drawn(shape, seed), shape);
    const [x, weight, a, b] = [tensor([4, 3], 1), tensor([3, 5], 2), tensor([3, 2], 3), tensor([2, 5], 4)];
    const { a: nameA, b: nameB } = factorNames('w');
    const merged = withLora({ w: weight }, { [nameA]: a, [nameB]: b }, scale)['w'] as tf.Tensor2D;
    const direct = lora(x, weight, { a_IR: a, b_RO: b, ...scale });
    assert.ok(worst(tf.matMul(x, merged).dataSync(), direct.dataSync()) < 1e-6);
    assert.ok(worst(direct.dataSync(), tf.matMul(x, weight).dataSync()) > 0.1);
  });

  it('gets a gradient at every B from the first step, and at every A once B has moved', async () => {
    const { parameters } = adaptedOf();
    const first = await outputsOf(gradientProgram(adaptedOf()), initialValues(parameters), batch, 'onnx');
    const later = await outputsOf(gradientProgram(adaptedOf()), moved(parameters), batch, 'onnx');
    for (const { name } of loraParameters(vit.base, scale)) {
      const flows = (outputs: typeof first): boolean => outputs[name]!.some((value) => value !== 0);
      assert.equal(flows(first), name.endsWith('.loraB'), name);
      assert(flows(later), name);
    }
  });

  it('adapts convolutions, too', async () => {
    const base = resNetParameters('image', resNetSizes, 3);
    const inputs = { x: { shape: [1, 8, 8], dtype: 'float32' } } as const;
    const parameters = [...base, ...loraParameters(base, scale)];
    const values = moved(parameters);
    const x = { x: drawn([1, 8, 8], 3) };
    const applied: Encoder = {
      parameters,
      inputs,
      encode: (weights, { x: image }) =>
        encodeByResNet(withLora(weights, weights, scale), 'image', resNetSizes, image!),
    };
    const plain: Encoder = { parameters: base, inputs, encode: (weights, { x: image }) => encodeByResNet(weights, 'image', resNetSizes, image!) }; // prettier-ignore
    const one = await outputsOf(forwardProgram(applied), values, x);
    const other = await outputsOf(forwardProgram(plain), mergeLora(base, values, scale), x);
    assert.ok(worst(one['y']!, other['y']!) < 1e-5);
  });
});
