import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { gatherTokens, unshuffle } from '#client/methods/mcr/mask-tokens';
import {
  decodePatches,
  decodeWords,
  patchDecoderParameters,
  type PatchDecoderSizes,
  wordDecoderParameters,
} from '#client/model/decoders';
import { segment, segmentationParameters } from '#client/model/segmentation';
import { resNetParameters, resNetStages, type ResNetSizes, stageChannels } from '#client/model/resnet';
import {
  drawn,
  type Encoder,
  forwardProgram,
  gradientProgram,
  initialValues,
  outputsOf,
} from '../../../support/model/encoder.ts';

const sizes: PatchDecoderSizes = { inputs: 6, patches: 4, values: 5, dim: 8, blocks: 1, heads: 2 };
const keep = Int32Array.of(2, 0, 1, 3);
const restore = Int32Array.of(1, 2, 0, 3, 2, 0, 3, 1);

const patches: Encoder = {
  parameters: patchDecoderParameters('decoder', sizes),
  inputs: {
    tokens: { shape: [2, 4, 6], dtype: 'float32' },
    keep: { shape: [2, 2], dtype: 'int32' },
    restore: { shape: [2, 4], dtype: 'int32' },
  },
  encode: (weights, { tokens, keep: kept, restore: places }) => {
    const visible = gatherTokens(tokens as tf.Tensor3D, kept as tf.Tensor2D);
    return decodePatches(weights, 'decoder', sizes, visible, (x, hidden) =>
      unshuffle(x, hidden, places as tf.Tensor2D),
    );
  },
};
const words: Encoder = {
  parameters: wordDecoderParameters('decoder', 6, 11),
  inputs: { tokens: { shape: [2, 3, 6], dtype: 'float32' } },
  encode: (weights, { tokens }) => decodeWords(weights, 'decoder', tokens as tf.Tensor3D),
};
function allFlow(outputs: Readonly<Record<string, ArrayLike<number>>>, { parameters }: Encoder): void {
  for (const { name } of parameters)
    assert(
      Array.from(outputs[name]!).some((value) => value !== 0),
      name,
    );
}
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!)));
}

describe('the decoder of patches', () => {
  const batch = { tokens: drawn([2, 4, 6], 1), keep, restore };
  const values = initialValues(patches.parameters);

  it('says something of every patch, from the visible ones alone', async () => {
    const hiddenChanged = { ...batch, tokens: batch.tokens.slice().fill(9, 6, 12) }; // patch 1 of image 0 is masked
    const { y } = await outputsOf(forwardProgram(patches), values, batch);
    assert.equal(y!.length, 2 * 4 * 5);
    assert.deepEqual((await outputsOf(forwardProgram(patches), values, hiddenChanged))['y'], y);
    const visibleChanged = { ...batch, tokens: batch.tokens.slice().fill(9, 12, 18) }; // patch 2 is not
    const moved = (await outputsOf(forwardProgram(patches), values, visibleChanged))['y']!;
    for (let patch = 0; patch < 4; patch++) {
      assert(worst(moved.slice(5 * patch, 5 * patch + 5), y!.slice(5 * patch, 5 * patch + 5)) > 1e-3, `patch ${patch}`);
    }
    assert.deepEqual(moved.slice(20), y!.slice(20)); // of the other image
  });

  it('tells hidden patches apart by their places', async () => {
    const { y } = await outputsOf(forwardProgram(patches), values, batch);
    assert(worst(y!.slice(5, 10), y!.slice(15, 20)) > 1e-2); // patches 1 and 3 of image 0
  });

  it('has a gradient at every parameter, the same compiled', async () => {
    const eager = await outputsOf(gradientProgram(patches), values, batch);
    const compiled = await outputsOf(gradientProgram(patches), values, batch, 'onnx');
    allFlow(eager, patches);
    for (const name of Object.keys(eager)) assert(worst(compiled[name]!, eager[name]!) < 1e-4, name);
  });
});

describe('the decoder of words', () => {
  const values = initialValues(words.parameters);
  const batch = { tokens: drawn([2, 3, 6], 2) };

  it('has a logit for every piece, each token by itself', async () => {
    const { y } = await outputsOf(forwardProgram(words), values, batch);
    assert.equal(y!.length, 2 * 3 * 11);
    const changed = { tokens: batch.tokens.slice().fill(1, 0, 6) };
    const { y: moved } = await outputsOf(forwardProgram(words), values, changed);
    assert(worst(moved!.slice(0, 11), y!.slice(0, 11)) > 1e-3);
    assert.deepEqual(moved!.slice(11), y!.slice(11));
  });

  it('has a gradient at every parameter, the same compiled', async () => {
    const eager = await outputsOf(gradientProgram(words), values, batch);
    const compiled = await outputsOf(gradientProgram(words), values, batch, 'onnx');
    allFlow(eager, words);
    for (const name of Object.keys(eager)) assert(worst(compiled[name]!, eager[name]!) < 1e-4, name);
  });
});

describe('the decoder to a class for every pixel', () => {
  for (const extents of [
    [8, 16],
    [4, 8, 8],
  ] as const) {
    const net: ResNetSizes = { axes: extents.length, block: 'basic', blocks: [1, 1], width: 2, groups: 1, stem: { kernel: 3, strides: 2 } }; // prettier-ignore
    const decoder = { axes: net.axes, groups: 1, stages: [net.width, ...stageChannels(net)], classes: 3 };
    const unet: Encoder = {
      parameters: [
        ...resNetParameters('image', net, 4).filter(({ name }) => name !== 'image.head'),
        ...segmentationParameters('decoder', decoder),
      ],
      inputs: { x: { shape: [2, ...extents], dtype: 'float32' } },
      encode: (weights, { x }) =>
        segment(weights, 'decoder', decoder, resNetStages(weights, 'image', net, x!), extents),
    };
    const values = initialValues(unet.parameters);
    const batch = { x: drawn([2, ...extents], 1) };

    it(`has logits of the image's extents over ${extents.length} axes, and a gradient at every parameter`, async () => {
      const eager = await outputsOf(gradientProgram(unet), values, batch);
      assert.equal(eager['y']!.length, batch.x.length * 3);
      allFlow(eager, unet);
      const compiled = await outputsOf(gradientProgram(unet), values, batch, 'onnx');
      for (const name of Object.keys(eager)) assert(worst(compiled[name]!, eager[name]!) < 1e-4, name);
    });

    it(`takes the encoder's weights by their names over ${extents.length} axes`, () => {
      const trained = initialValues(resNetParameters('image', net, 4));
      for (const { name } of unet.parameters) {
        assert.equal(name in trained, name.startsWith('image.'));
      }
    });
  }

  it('makes each place of a coarse stage a block of pixels', async () => {
    await tf.setBackend('cpu');
    const plain = { axes: 2, stages: [1], classes: 1 } as const;
    const weights = { 'd.out.weight': tf.tensor2d([[1]]), 'd.out.bias': tf.tensor1d([0]) };
    const stage = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const y = segment(weights, 'd', plain, [stage], [4, 2]);
    assert.deepEqual([...y.dataSync()], [1, 2, 1, 2, 3, 4, 3, 4]);
    assert.throws(() => segment(weights, 'd', plain, [stage], [3, 2]), { code: 'badArgument', message: /2 places.*3/ });
  });
});
