import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exportOnnx } from '#client/engine/onnx/export';
import type { HostValues, TensorSpec } from '#client/engine/types';
import { bertKind } from '#client/model/checkpoint/bert';
import { vitKind } from '#client/model/checkpoint/vit';
import { encodeImage, imageEncoderParameters, type ImageEncoderSizes } from '#client/model/image-encoder';
import { projectTokens } from '#client/model/layers';
import { linearParameters } from '#client/model/parameters';
import { encodeByResNet, resNetParameters, type ResNetSizes } from '#client/model/resnet';
import { decodeSafetensors, encodeSafetensors } from '#client/model/safetensors';
import {
  embedWords,
  encodeText,
  textEncoderParameters,
  type TextEncoderSizes,
  textTokens,
} from '#client/model/text-encoder';
import {
  drawn,
  type Encoder,
  forwardProgram,
  gradientProgram,
  initialValues,
  outputsOf,
} from '../../../support/model/encoder.ts';

const [B, E, T] = [2, 6, 5];
const ids = { shape: [B, T], dtype: 'int32' } as const;
const mask = { shape: [B, T], dtype: 'float32' } as const;

function vision(sizes: ImageEncoderSizes, shape: readonly number[]): Encoder {
  return {
    parameters: imageEncoderParameters('image', sizes, E),
    inputs: { x: { shape: [B, ...shape], dtype: 'float32' } },
    encode: (weights, { x }) => encodeImage(weights, 'image', sizes, x!),
  };
}
function text(kind: Partial<TextEncoderSizes>): Encoder {
  const sizes = { dim: 8, blocks: 2, heads: 2, length: T, vocabulary: 11, ...kind };
  return {
    parameters: textEncoderParameters('text', sizes, E),
    inputs: { ids, mask },
    encode: (weights, batch) =>
      encodeText(weights, 'text', sizes, batch['ids'] as tf.Tensor2D, batch['mask'] as tf.Tensor2D),
  };
}
function residual(sizes: ResNetSizes, shape: readonly number[]): Encoder {
  return {
    parameters: resNetParameters('image', sizes, E),
    inputs: { x: { shape: [B, ...shape], dtype: 'float32' } },
    encode: (weights, { x }) => encodeByResNet(weights, 'image', sizes, x!),
  };
}
const vit = { dim: 8, blocks: 2, heads: 2 };
const kinds: Readonly<Record<string, Encoder>> = {
  'a vision transformer over images': vision({ ...vit, size: 8, patch: 4 }, [8, 8]),
  'a published vision transformer over images of three channels': vision({ ...vit, ...vitKind, size: [8, 12], patch: 4, channels: 3 }, [8, 12, 3]), // prettier-ignore
  'a vision transformer over volumes': vision({ ...vit, size: [4, 8, 8], patch: [2, 4, 4] }, [4, 8, 8]),
  'a text transformer': text({}),
  'a text transformer as BERT, by its class token': text({ ...bertKind, pool: 'class' }),
  'a residual network over images': residual(
    { axes: 2, block: 'basic', blocks: [1, 1], width: 4, groups: 2 },
    [16, 16],
  ),
  'a residual network over volumes': residual(
    { axes: 3, block: 'bottleneck', blocks: [1], width: 2, groups: 2 },
    [8, 8, 8],
  ),
};

function batchOf({ inputs }: Encoder): HostValues {
  const values = ([name, { shape }]: readonly [string, TensorSpec]): HostValues[string] => {
    if (name === 'ids') return Int32Array.of(1, 4, 7, 0, 0, 1, 10, 3, 2, 5);
    return name === 'mask' ? Float32Array.of(1, 1, 1, 0, 0, 1, 1, 1, 1, 1) : drawn(shape, 3);
  };
  return Object.fromEntries(Object.entries(inputs).map((entry) => [entry[0], values(entry)]));
}
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from({ length: a.length }, (_, i) => Math.abs(Number(a[i]) - Number(b[i]))));
}

for (const [kind, encoder] of Object.entries(kinds)) {
  const batch = batchOf(encoder);
  const values = initialValues(encoder.parameters);

  describe(kind, () => {
    it('embeds, with a gradient at every parameter, the same eager and compiled', async () => {
      const eager = await outputsOf(gradientProgram(encoder), values, batch);
      const compiled = await outputsOf(gradientProgram(encoder), values, batch, 'onnx');
      assert.equal(eager['y']!.length, B * E);
      assert(worst(eager['y']!.slice(0, E), eager['y']!.slice(E)) > 1e-3, 'both examples have one embedding');
      assert(worst(compiled['y']!, eager['y']!) < 1e-5);
      for (const { name } of encoder.parameters) {
        const size = Math.max(...eager[name]!.map(Math.abs));
        assert(size > 0, `no gradient at ${name}`);
        assert(worst(compiled[name]!, eager[name]!) < 1e-4 * Math.max(1, size), name);
      }
    });

    it('exported is what onnxruntime computes, and its safetensors are its weights', async () => {
      const shape = (name: string): readonly number[] => encoder.parameters.find((one) => one.name === name)!.shape;
      const file = encodeSafetensors(Object.entries(values).map(([name, each]) => ({ name, shape: shape(name), values: each }))); // prettier-ignore
      const read = Object.fromEntries(decodeSafetensors(file).tensors.map((tensor) => [tensor.name, tensor.values]));
      assert.deepEqual(read, values);
      const program = forwardProgram(encoder);
      const expected = await outputsOf(program, values, batch);
      const session = await InferenceSession.create(await exportOnnx(program, read, ['y']));
      const feeds = Object.entries(encoder.inputs).map(([name, spec]) => [name, new Tensor(spec.dtype, batch[name]!, spec.shape)]); // prettier-ignore
      const { y } = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
      await session.release();
      assert.deepEqual(y!.dims, [B, E]);
      assert(worst(y!.data as Float32Array, expected['y']!) < 1e-5);
    });

    it('keeps no tensor and takes none away', async () => {
      await tf.setBackend('cpu');
      const weights = encoder.parameters.map(
        ({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])] as const,
      );
      const inputs = Object.entries(encoder.inputs).map(
        ([name, { shape, dtype }]) => [name, tf.tensor(batch[name]!, [...shape], dtype)] as const,
      );
      const before = tf.memory().numTensors;
      const y = tf.tidy(() => encoder.encode(Object.fromEntries(weights), Object.fromEntries(inputs)));
      assert.equal(tf.memory().numTensors, before + 1);
      tf.dispose([y, ...weights.map(([, tensor]) => tensor), ...inputs.map(([, tensor]) => tensor)]);
      assert.equal(tf.memory().numTensors, before - weights.length - inputs.length);
    });
  });
}

describe('tokens', () => {
  it('are projected each by itself', async () => {
    const sizes = { dim: 8, blocks: 1, heads: 2, length: T, vocabulary: 11 };
    const parameters = [...textEncoderParameters('text', sizes, E), ...linearParameters('projection', 8, 3)];
    const tokens: Encoder = {
      parameters,
      inputs: { ids, mask },
      encode: (weights, batch) => {
        const words = embedWords(weights, 'text', batch['ids'] as tf.Tensor2D);
        const y = textTokens(weights, 'text', sizes, words, batch['mask'] as tf.Tensor2D);
        const each = tf.unstack(y, 1).map((token) => projectTokens(weights, 'projection', tf.expandDims(token, 1)));
        return tf.sub(tf.concat(each, 1), projectTokens(weights, 'projection', y));
      },
    };
    const { y } = await outputsOf(forwardProgram(tokens), initialValues(parameters), batchOf(tokens));
    assert.equal(y!.length, B * T * 3);
    assert(worst(y!, new Float32Array(y!.length)) < 1e-6);
  });

  it('of patches that do not tile the image are refused', () => {
    const sizes = { ...vit, size: [8, 10], patch: 4 };
    assert.throws(() => imageEncoderParameters('image', sizes, E), {
      code: 'badArgument',
      message: /4 x 4 do not tile 8 x 10/,
    });
    assert.throws(() => imageEncoderParameters('image', { ...sizes, size: [8, 8, 8], patch: [4, 4] }, E), {
      code: 'badArgument',
    });
  });
});

describe('initial weights', () => {
  it('of a parameter are those of its name and the seed, whatever else the model has', () => {
    const [alone] = Object.values(kinds) as [Encoder];
    const together = initialValues([...kinds['a text transformer']!.parameters, ...alone.parameters]);
    const values = initialValues(alone.parameters);
    for (const { name } of alone.parameters) assert.deepEqual(together[name], values[name]);
  });
});
