import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { embedPatches, encodeImage, imageEncoderParameters, imageTokens } from '#client/model/image-encoder';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import type { Parameter, Weights } from '#client/model/parameters';
import { embedWords, encodeText, textEncoderParameters, textTokens } from '#client/model/text-encoder';

const imageSizes = { size: 8, patch: 4, dim: 8, blocks: 2, heads: 2 };
const textSizes = { length: 5, vocabulary: 11, dim: 8, blocks: 1, heads: 2 };

function tensorsOf(parameters: readonly Parameter[]): Weights {
  const values = splitWeights(parameters, initialWeights(parameters, 1));
  return Object.fromEntries(parameters.map(({ name, shape }) => [name, tf.tensor(values[name]!, [...shape])]));
}
function rowsOf(make: () => tf.Tensor2D): number[][] {
  return tf.tidy(() => make().arraySync());
}
function near(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => Math.abs(value - b[i]!) < 1e-5);
}

describe('encoders', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('embeds each image by itself', () => {
    const weights = tensorsOf(imageEncoderParameters('image', imageSizes, 6));
    const [a, b] = [tf.randomNormal([1, 8, 8], 0, 1, 'float32', 1), tf.randomNormal([1, 8, 8], 0, 1, 'float32', 2)];
    const encode = (x: tf.Tensor): number[][] => rowsOf(() => encodeImage(weights, 'image', imageSizes, x));
    const both = encode(tf.concat([a, b]));
    assert.equal(both[0]?.length, 6);
    assert(near(both[0], encode(a)[0]!));
    assert(near(both[1]!, encode(b)[0]!));
    assert(!near(both[0], both[1]!));
  });

  it('sees where in an image something is', () => {
    const weights = tensorsOf(imageEncoderParameters('image', imageSizes, 6));
    const spot = (row: number): tf.Tensor3D => tf.oneHot(tf.fill([1, 8], row, 'int32'), 8).toFloat() as tf.Tensor3D;
    const [low] = rowsOf(() => encodeImage(weights, 'image', imageSizes, spot(6)));
    const [high] = rowsOf(() => encodeImage(weights, 'image', imageSizes, spot(2)));
    assert(!near(low!, high!));
  });

  it('cuts an image into square patches: without positions their order does not matter', () => {
    const parameters = imageEncoderParameters('image', imageSizes, 6);
    const weights = { ...tensorsOf(parameters), 'image.position': tf.zeros([4, 8]) };
    const image = tf.randomNormal<tf.Rank.R3>([1, 8, 8], 0, 1, 'float32', 3);
    const [top, bottom] = tf.split(image, 2, 1);
    const turned = tf.concat([bottom!, top!], 1) as tf.Tensor3D;
    const rolled = tf.concat<tf.Tensor3D>([image.slice([0, 1, 0]), image.slice([0, 0, 0], [1, 1, 8])], 1);
    const encode = (x: tf.Tensor3D): number[] => rowsOf(() => encodeImage(weights, 'image', imageSizes, x))[0]!;
    assert(near(encode(turned), encode(image)));
    assert(!near(encode(rolled), encode(image)));
  });

  it('does not see what stands in the padding of a text', () => {
    const weights = tensorsOf(textEncoderParameters('text', textSizes, 6));
    const ids = tf.tensor2d(
      [
        [1, 4, 7, 0, 0],
        [1, 4, 7, 9, 3],
      ],
      [2, 5],
      'int32',
    );
    const mask = tf.tensor2d([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
    ]);
    const [plain, filled] = rowsOf(() => encodeText(weights, 'text', textSizes, ids, mask));
    assert(near(plain!, filled!));
  });

  it('sees the order of words', () => {
    const weights = tensorsOf(textEncoderParameters('text', textSizes, 6));
    const ids = tf.tensor2d(
      [
        [1, 4, 7, 9, 0],
        [1, 9, 7, 4, 0],
      ],
      [2, 5],
      'int32',
    );
    const mask = tf.tensor2d([
      [1, 1, 1, 1, 0],
      [1, 1, 1, 1, 0],
    ]);
    const [one, other] = rowsOf(() => encodeText(weights, 'text', textSizes, ids, mask));
    assert(!near(one!, other!));
  });

  it('embeds by the class token, which stands in front, where it is told to', () => {
    const imaged = { ...imageSizes, pool: 'class' as const };
    const worded = { ...textSizes, pool: 'class' as const };
    const weights = tensorsOf([
      ...imageEncoderParameters('image', imaged, 6),
      ...textEncoderParameters('text', worded, 6),
    ]);
    const headOf = (name: string, tokens: tf.Tensor3D): tf.Tensor2D =>
      tf.matMul<tf.Tensor2D>(tokens.gather(0, 1), weights[`${name}.head`]!); // one of the axes is gone
    const x = tf.randomNormal<tf.Rank.R3>([1, 8, 8], 0, 1, 'float32', 3);
    const image = rowsOf(() =>
      headOf('image', imageTokens(weights, 'image', imaged, embedPatches(weights, 'image', imaged, x))),
    );
    assert(near(rowsOf(() => encodeImage(weights, 'image', imaged, x))[0]!, image[0]!));
    const [ids, mask] = [tf.tensor2d([[1, 4, 7, 0, 0]], [1, 5], 'int32'), tf.tensor2d([[1, 1, 1, 0, 0]])];
    const text = rowsOf(() =>
      headOf('text', textTokens(weights, 'text', worded, embedWords(weights, 'text', ids), mask)),
    );
    assert(near(rowsOf(() => encodeText(weights, 'text', worded, ids, mask))[0]!, text[0]!));
  });

  it('adds up the outputs of the last blocks where it is told to', () => {
    const sizes = { ...textSizes, order: 'post' as const, blocks: 3 };
    const weights = tensorsOf(textEncoderParameters('text', sizes, 6));
    const [ids, mask] = [tf.tensor2d([[1, 4, 7, 0, 0]], [1, 5], 'int32'), tf.tensor2d([[1, 1, 1, 0, 0]])];
    const outputs = (kind: { readonly blocks: number; readonly lastBlocks?: number }): tf.Tensor3D =>
      textTokens(weights, 'text', { ...sizes, ...kind }, embedWords(weights, 'text', ids), mask);
    const sum = tf.add(outputs({ blocks: 2 }), outputs({ blocks: 3 }));
    assert(near([...outputs({ blocks: 3, lastBlocks: 2 }).dataSync()], [...sum.dataSync()]));
    assert(!near([...outputs({ blocks: 3 }).dataSync()], [...sum.dataSync()]));
  });
});
