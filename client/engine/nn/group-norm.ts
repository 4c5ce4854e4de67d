/**
 * Group normalisation (Wu and He 2018). The tensor stays channels last; it is read as `[S, R, K]` with K the numbers of a
 * row of places (the last spatial axis and the channels), because a runtime broadcasts slowly against rows of a few
 * channels, and fast against rows of hundreds. S are slabs of R rows that stay in a processor's cache, several per example.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { sizeOf } from '../shapes.ts';
import { withGradient } from './traced.ts';

/**
 * y = (x - mean) / sqrt(variance + groupNormEps) * scale + offset, mean and variance per example and group of channels;
 * x `[B, ...spatial, C]`, scale and offset `[C]`.
 *
 * @throws UsageError (badArgument) if the groups do not divide the channels.
 */
export function groupNorm<T extends tf.Tensor>(
  x: T,
  groups: number,
  scale: tf.Tensor,
  offset: tf.Tensor,
  groupNormEps = 1e-5,
): T {
  const rows = rowsOf(x.shape, groups);
  const x_SRK = tf.reshape(x, [rows.batch * rows.slabs, rows.count / rows.slabs, rows.width * rows.channels]);
  return tf.reshape(normalised(x_SRK, scale, offset, rows, groupNormEps), x.shape) as T; // x's rank
}

/** What a tensor of places is in rows. */
interface Rows {
  readonly batch: number;
  /** Rows of an example. */
  readonly count: number;
  readonly slabs: number;
  /** Places per row. */
  readonly width: number;
  readonly channels: number;
  readonly groups: number;
}

function rowsOf(shape: readonly number[], groups: number): Rows {
  const [batch, channels] = [shape[0]!, shape.at(-1)!]; // a batch of tensors with channels
  if (channels % groups !== 0) {
    throw new UsageError('badArgument', `${channels} channels do not fall into ${groups} equal groups`);
  }
  const places = shape.slice(1, -1);
  const width = places.at(-1) ?? 1;
  const count = sizeOf(places.slice(0, -1));
  return { batch, count, slabs: slabsOf(count, width * channels), width, channels, groups };
}

/** The numbers of a slab, at most, where the rows can be cut so. */
const slabSize = 2 ** 15;

function slabsOf(count: number, row: number): number {
  let slabs = Math.min(count, Math.ceil((count * row) / slabSize));
  while (count % slabs > 0) slabs++;
  return slabs;
}

/** x̂ scale + offset with x̂ = (x - mean) invStd. */
function normalised(x_SRK: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, rows: Rows, eps: number): tf.Tensor {
  return withGradient([x_SRK, scale, offset], ([x, scale_C, offset_C], save) => {
    const centred = tf.sub(x!, alongRows(groupMean(channelSums(x!, rows), rows), rows));
    const invStd_BC = tf.rsqrt(tf.add(groupMean(channelSums(tf.square(centred), rows), rows), eps));
    const factor = alongRows(tf.mul(invStd_BC, scale_C!), rows);
    save([centred, invStd_BC, scale_C!]);
    const value = tf.add(tf.mul(centred, factor), alongRows(tf.reshape(offset_C!, [1, rows.channels]), rows));
    return { value, gradFunc: (dy, saved) => gradient(dy, saved, rows) };
  });
}

/** dx = invStd (g - mean(g) - x̂ mean(g x̂)) with g = dy scale; d scale = sum(dy x̂), d offset = sum(dy). */
function gradient(dy: tf.Tensor, saved: tf.Tensor[], rows: Rows): tf.Tensor[] {
  const [centred, invStd_BC, scale_C] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]; // as saved above
  const sum_BC = channelSums(dy, rows);
  const along_BC = channelSums(tf.mul(dy, centred), rows);
  const shift_BC = tf.mul(invStd_BC, groupMean(tf.mul(sum_BC, scale_C), rows));
  const slope_BC = tf.mul(cube(invStd_BC), groupMean(tf.mul(along_BC, scale_C), rows));
  const back = tf.add(tf.mul(centred, alongRows(slope_BC, rows)), alongRows(shift_BC, rows));
  const dx = tf.sub(tf.mul(dy, alongRows(tf.mul(invStd_BC, scale_C), rows)), back);
  return [dx, tf.sum(tf.mul(along_BC, invStd_BC), 0), tf.sum(sum_BC, 0)];
}

const cube = (t: tf.Tensor): tf.Tensor => tf.mul(tf.square(t), t);

/** Sums over the places: `[S, R, K]` to `[B, C]`. */
function channelSums(t_SRK: tf.Tensor, { batch, slabs, width, channels }: Rows): tf.Tensor {
  return tf.sum(tf.reshape(tf.sum(t_SRK, 1, true), [batch, slabs * width, channels]), 1);
}

/** The mean of a group for each of its channels, from sums over the places: `[B, C]`. */
function groupMean(sums_BC: tf.Tensor, { batch, count, width, channels, groups }: Rows): tf.Tensor {
  const size = channels / groups;
  const means = tf.mul(tf.sum(tf.reshape(sums_BC, [batch, groups, size]), 2, true), 1 / (count * width * size));
  return tf.reshape(tf.tile(means, [1, 1, size]), [batch, channels]);
}

/** One number per channel for every place of a row: `[B, C]` to `[S, 1, K]`, `[1, C]` to `[1, 1, K]`. */
function alongRows(t_BC: tf.Tensor, { batch, slabs, width, channels }: Rows): tf.Tensor {
  const each = t_BC.shape[0] === batch ? slabs : 1;
  const repeated = tf.tile(tf.reshape(t_BC, [t_BC.shape[0], 1, channels]), [1, each * width, 1]);
  return tf.reshape(repeated, [t_BC.shape[0] * each, 1, width * channels]);
}
