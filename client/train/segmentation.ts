/**
 * A U-Net at one site: the stages of an encoder, which may begin as a trained one, and a decoder from the seed, both trained
 * on the site's few masks. Nothing of it leaves the site.
 *
 * Source: SEMISE (arXiv 2501.03848) for beginning with the encoder.
 *
 * @module
 */
import { randomFor } from '#client/data/random';
import { compile } from '#client/engine/compile';
import type { CompileOptions, HostValues, Runner } from '#client/engine/types';
import { overlapTally } from '#client/evaluate/count-tallies';
import type { Overlap } from '#client/evaluate/overlap';
import { augmentImage } from '#client/methods/batches/augment';
import { batchOf } from '#client/methods/batches/order';
import { imageValues, presentValues } from '#client/methods/batches/values';
import { extentsOf, type MethodConfig } from '#client/methods/config';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { sizeOf } from '#client/model/parameters';
import { UsageError } from '#shared/errors';
import { adamValues } from './adamw.ts';
import { learningRateAt } from './schedule.ts';
import {
  segmentationAnswer,
  type SegmentationPlan,
  segmentationStep,
  segmentationTensors,
} from './segmentation-program.ts';

/** An image, standardised, and the class of each of its places. MUST NOT leave this site. */
export interface SegmentedImage {
  readonly image: Float32Array;
  readonly mask: Uint8Array;
}

/** How to train. */
export interface SegmentationOptions extends SegmentationPlan {
  readonly steps: number;
  /** Of batches, augmentation and what begins at random. */
  readonly seed: number;
  /** Trained values of the encoder `image`; from the seed where left out. */
  readonly encoder?: HostValues;
  readonly compile?: CompileOptions;
}

/** Trained, with its overlap on images that it has not seen. */
export interface Segmentation {
  readonly weights: HostValues;
  readonly overlap: Overlap;
  /** Of the last step: mean cross-entropy in nats, and 1 - soft Dice. */
  readonly loss: number;
}

/**
 * Trains on `train` and measures on `test`.
 *
 * @throws UsageError (badArgument) if the encoder is not a residual network over images of the masks' size,
 * (noUsableRows) if there are fewer than two images to train on
 */
export async function trainSegmentation(
  options: SegmentationOptions,
  train: readonly SegmentedImage[],
  test: readonly SegmentedImage[],
): Promise<Segmentation> {
  expectUsable(options, train, test);
  const trainer = await compile(segmentationStep(options), { ...options.compile, init: beginning(options) });
  const names = segmentationTensors(options).map(({ name }) => name);
  try {
    let last = 0;
    for (let step = 0; step < options.steps; step++) {
      const { loss } = await trainer.step(trainingBatch(options, train, step));
      last = loss![0]!;
    }
    const weights = await trainer.readState(names);
    return { weights, loss: last, overlap: await overlapOn(options, weights, test) };
  } finally {
    await trainer.dispose();
  }
}

function expectUsable(
  { config }: SegmentationOptions,
  train: readonly SegmentedImage[],
  test: readonly SegmentedImage[],
): void {
  const places = sizeOf(extentsOf(config.image));
  if (train.length < 2) {
    throw new UsageError(
      'noUsableRows',
      `segmentation needs two images with masks to train on, here are ${train.length}`,
    );
  }
  if (config.image.encoder !== 'resnet') {
    throw new UsageError(
      'badArgument',
      'segmentation begins with the stages of a residual network: image.encoder resnet',
    );
  }
  if (config.image.resnet.norm === 'batch') {
    throw new UsageError('badArgument', 'segmentation trains encoders with image.resnet.norm group alone');
  }
  if ([...train, ...test].every(({ mask }) => mask.length === places)) return;
  throw new UsageError('badArgument', `a mask must have the ${places} places of the image`);
}

function beginning(options: SegmentationOptions): HostValues {
  const parameters = segmentationTensors(options);
  const drawn = splitWeights(parameters, initialWeights(parameters, options.seed));
  const given = parameters.flatMap(({ name }) => {
    const values = options.encoder?.[name];
    return values === undefined ? [] : [[name, values] as const];
  });
  return { ...drawn, ...Object.fromEntries(given) };
}

function trainingBatch(options: SegmentationOptions, train: readonly SegmentedImage[], step: number): HostValues {
  const { config, seed, steps } = options;
  const { augmentation, image, training } = config;
  const chosen = batchOf(step, train.length, training.batchSize, seed).map((at) => train[at]!); // of these
  const mask = new Int32Array(training.batchSize * sizeOf(extentsOf(image)));
  chosen.forEach((one, i) => {
    mask.set(one.mask, i * one.mask.length);
  });
  const random = randomFor(seed, 'segmentation', step);
  return {
    image: imageValues(config, training.batchSize, chosen, (one, out, at) => {
      augmentImage(one.image, image, { ...augmentation, shift: 0 }, random, out, at); // the mask is not moved with it
    }),
    mask,
    present: presentValues(training.batchSize, chosen.length),
    ...adamValues(step + 1, learningRateAt(step, steps, training), training),
  };
}

async function overlapOn(
  options: SegmentationOptions,
  weights: HostValues,
  test: readonly SegmentedImage[],
): Promise<Overlap> {
  const { config, classes } = options;
  const { batchSize } = config.training;
  const runner = await compile(segmentationAnswer(options), { ...options.compile, init: weights });
  const tally = overlapTally(classes);
  const images: { actual: Uint8Array; predicted: ArrayLike<number> }[] = [];
  try {
    for (let at = 0; at < test.length; at += batchSize) {
      const some = test.slice(at, at + batchSize);
      const predicted = await predictedOf(runner, config, some);
      some.forEach(({ mask }, i) => {
        images.push({ actual: mask, predicted: predicted.slice(i * mask.length, (i + 1) * mask.length) });
      });
    }
  } finally {
    await runner.dispose();
  }
  return tally.read(tally.count(images));
}

async function predictedOf(
  runner: Runner,
  config: MethodConfig,
  some: readonly SegmentedImage[],
): Promise<Float32Array> {
  const image = imageValues(config, config.training.batchSize, some, (one, out, at) => {
    out.set(one.image, at);
  });
  const outputs = await runner.step({ image });
  return Float32Array.from(outputs['mask']!); // what the program gives
}
