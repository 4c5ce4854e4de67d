import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { semiseConfig } from '#client/methods/semise/config';
import { type SegmentationOptions, type SegmentedImage, trainSegmentation } from '#client/train/segmentation';

const config = semiseConfig({
  embedding: 8,
  image: { size: 16, resnet: { width: 8, blocks: [1, 1], strides: 2 } },
  training: { batchSize: 4, learningRate: 1e-2, warmupSteps: 2 },
});

const options: SegmentationOptions = {
  ...{ config, classes: 2, steps: 40, seed: 1 },
  compile: { engine: 'onnx', worker: false },
};

/** A bright square of 6 by 6 somewhere in noise. */
function squareOf(number: number): SegmentedImage {
  const random = randomFor(1, 'square', number);
  const [top, left] = [random.integer(11), random.integer(11)];
  const mask = Uint8Array.from({ length: 256 }, (_, at) => {
    const [y, x] = [Math.floor(at / 16) - top, (at % 16) - left];
    return Number(y >= 0 && y < 6 && x >= 0 && x < 6);
  });
  return { mask, image: Float32Array.from(mask, (inside) => 2 * inside + 0.3 * random.normal()) };
}

const train = Array.from({ length: 8 }, (_, i) => squareOf(i));
const test = Array.from({ length: 6 }, (_, i) => squareOf(100 + i));

describe('segmentation', () => {
  it('learns from few masks where things are, on images that it has not seen', async () => {
    const { overlap, loss, weights } = await trainSegmentation(options, train, test);
    assert(overlap.dice[1]! > 0.8, String(overlap.dice[1]));
    assert(overlap.iou[1]! > 0.65 && overlap.iou[1]! < overlap.dice[1]!);
    assert(loss < 0.45, String(loss));
    assert('decoder.out.weight' in weights && !('image.head' in weights));
    const again = await trainSegmentation(options, train, test);
    assert.deepEqual(again.weights, weights);
  }).timeout(20_000);

  it('begins with the encoder that it is given, and its decoder from the seed', async () => {
    const still = { ...options, steps: 0 };
    const own = (await trainSegmentation(still, train, test)).weights;
    const encoder = { 'image.stem.weight': new Float32Array(own['image.stem.weight']!.length).fill(0.5) };
    const given = (await trainSegmentation({ ...still, encoder }, train, test)).weights;
    assert.deepEqual(given['image.stem.weight'], encoder['image.stem.weight']);
    assert.deepEqual(given['decoder.out.weight'], own['decoder.out.weight']);
    assert.deepEqual(given['image.stage0.block0.conv1.weight'], own['image.stage0.block0.conv1.weight']);
  }).timeout(20_000);

  it('refuses an encoder without stages or with statistics of batches, masks of another size and a single mask', async () => {
    const vit = semiseConfig({ image: { size: 16, encoder: 'vit' } });
    const batch = semiseConfig({ image: { size: 16, resnet: { norm: 'batch' } } });
    await assert.rejects(() => trainSegmentation({ ...options, config: batch }, train, test), { code: 'badArgument' });
    const cut = train.map(({ image, mask }) => ({ image, mask: mask.slice(1) }));
    await assert.rejects(() => trainSegmentation({ ...options, config: vit }, train, test), { code: 'badArgument' });
    await assert.rejects(() => trainSegmentation(options, cut, test), { code: 'badArgument' });
    await assert.rejects(() => trainSegmentation(options, train.slice(1, 2), test), { code: 'noUsableRows' });
  });
});
