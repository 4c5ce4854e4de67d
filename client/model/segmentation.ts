/**
 * A decoder from the stages of an encoder to a class for every pixel: from the coarsest stage up, each made as fine as the
 * next, put beside it and convolved. B examples, C channels, L classes.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597), section 2. Deviations: one convolution a level, group normalisation,
 * and nearest neighbours in the place of transposed convolutions.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { convolutionParameters, convolved, type ConvolutionSizes, perAxis } from './convolution.ts';
import { linear } from './layers.ts';
import { linearParameters, type Parameter, sizeOf, type Weights } from './parameters.ts';

/** Sizes of the decoder. */
export interface SegmentationSizes extends ConvolutionSizes {
  /** Channels of the encoder's stages, the finest first. */
  readonly stages: readonly number[];
  /** L. */
  readonly classes: number;
}

/** The parameters under `name`. */
export function segmentationParameters(name: string, sizes: SegmentationSizes): readonly Parameter[] {
  const { axes, stages, classes } = sizes;
  const levels = stages.slice(0, -1).flatMap(
    (channels, level) =>
      convolutionParameters(`${name}.level${level}`, perAxis(3, axes), channels + stages[level + 1]!, channels), // all but the last have a next
  );
  return [...levels, ...linearParameters(`${name}.out`, stages[0] ?? 0, classes)];
}

/**
 * Logits `[B, ...extents, L]` for an image of these extents, from the stages, the finest first.
 *
 * @throws UsageError (badArgument) if a stage's extents are no divisor of the finer one's
 */
export function segment(
  weights: Weights,
  name: string,
  sizes: SegmentationSizes,
  stages: readonly tf.Tensor[],
  extents: readonly number[],
): tf.Tensor {
  let y = stages.at(-1)!; // an encoder has a stage
  for (let level = stages.length - 2; level >= 0; level--) {
    const beside = stages[level]!; // counted down from the last
    const both = tf.concat([enlarged(y, beside.shape.slice(1, -1)), beside], -1);
    y = tf.relu(convolved(weights, `${name}.level${level}`, sizes, both, 1));
  }
  const fine = enlarged(y, extents);
  const places = [fine.shape[0], ...extents] as number[]; // a batch
  const logits = linear(weights, `${name}.out`, fine.reshape<tf.Tensor2D>([sizeOf(places), -1]));
  return logits.reshape([...places, sizes.classes]);
}

/** Each place as a block of equal ones. `[B, ...extents, C]`. */
function enlarged(x: tf.Tensor, extents: readonly number[]): tf.Tensor {
  return extents.reduce((y, extent, axis) => repeated(y, 1 + axis, extent), x);
}

function repeated(x: tf.Tensor, axis: number, extent: number): tf.Tensor {
  const { shape } = x;
  const times = extent / shape[axis]!;
  if (!Number.isInteger(times)) {
    throw new UsageError('badArgument', `${shape[axis]!} places do not become ${extent}: the sizes must be multiples`);
  }
  if (times === 1) return x;
  const [outer, inner] = [sizeOf(shape.slice(0, axis + 1)), sizeOf(shape.slice(axis + 1))];
  return tf
    .tile(x.reshape([outer, 1, inner]), [1, times, 1])
    .reshape([...shape.slice(0, axis), extent, ...shape.slice(axis + 1)]);
}
