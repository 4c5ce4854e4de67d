import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { parseMethodConfig } from '#client/methods/config';
import { augmentImage, augmentReport } from '#client/methods/batches/augment';

const nothing = { shift: 0, contrast: 0, brightness: 0, noise: 0, shuffleSentences: false };
const image = Float32Array.from({ length: 16 }, (_, i) => i);
const augmented = (config: Partial<typeof nothing>, seed = 1): Float32Array => {
  const out = new Float32Array(16);
  const { augmentation } = parseMethodConfig({ augmentation: { ...nothing, ...config } });
  augmentImage(image, { size: 4, channels: 1 }, augmentation, randomFor(seed, 'augment'), out, 0);
  return out;
};

describe('augment', () => {
  it('leaves an image alone where nothing is asked for', () => {
    assert.deepEqual(augmented({}), image);
  });

  it('moves an image by whole pixels and repeats its edges', () => {
    const moved = Array.from({ length: 40 }, (_, seed) => augmented({ shift: 1 }, seed).join(' '));
    const left = [1, 2, 3, 3, 5, 6, 7, 7, 9, 10, 11, 11, 13, 14, 15, 15].join(' ');
    assert.equal(new Set(moved).size, 9);
    assert(moved.includes(left));
  });

  it('changes contrast and brightness of the whole image', () => {
    const out = augmented({ contrast: 0.1, brightness: 0.1 });
    const slope = out[1]! - out[0]!;
    assert.notEqual(slope, 1);
    assert(out.every((value, i) => Math.abs(value - out[0]! - slope * i) < 1e-5));
  });

  it('adds noise of the size asked for', () => {
    const differences = Array.from({ length: 50 }, (_, seed) => augmented({ noise: 0.5 }, seed)).flatMap((out) =>
      Array.from(out, (value, i) => value - i),
    );
    const variance = differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
    assert(Math.abs(Math.sqrt(variance) - 0.5) < 0.05);
  });

  it('reorders whole sentences only', () => {
    const { augmentation } = parseMethodConfig({ augmentation: { shuffleSentences: true } });
    const random = randomFor(1, 'sentences');
    const orders = new Set(
      Array.from({ length: 40 }, () => augmentReport('one . two 1.5 . three .', augmentation, random)),
    );
    assert.equal(orders.size, 6);
    assert(orders.has('two 1.5 . three . one .'));
    assert.equal(augmentReport('b . a .', parseMethodConfig({}).augmentation, random), 'b . a .');
  });
});
