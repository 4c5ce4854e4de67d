/**
 * Group normalisation (Wu and He 2018). The tensor is channels last; the arithmetic is done channels first, on long
 * contiguous rows, because a runtime broadcasts slowly against rows of a few channels.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { range, sizeOf } from '../shapes.ts';
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
  const [batch, channels] = [x.shape[0], x.shape.at(-1)!]; // a batch of tensors with channels
  if (channels % groups !== 0) {
    throw new UsageError('badArgument', `${channels} channels do not fall into ${groups} equal groups`);
  }
  const extents = x.shape.slice(1, -1);
  const places = sizeOf(extents);
  const first = tf.transpose(x, [0, x.rank - 1, ...range(extents.length, 1)]);
  const rows = tf.reshape(first, [batch * groups, (channels / groups) * places]);
  const byChannel = tf.reshape(normalised(rows, groupNormEps), [batch, channels, places]);
  const scaled = tf.add(tf.mul(byChannel, tf.reshape(scale, [channels, 1])), tf.reshape(offset, [channels, 1]));
  return tf.transpose(tf.reshape(scaled, [batch, channels, ...extents]), [0, ...range(extents.length, 2), 1]) as T; // x's rank
}

/** x̂ = (x - mean) / std per row, with dx = (dy - mean(dy) - x̂ mean(dy x̂)) / std. */
function normalised(rows: tf.Tensor, eps: number): tf.Tensor {
  return withGradient([rows], ([x], save) => {
    const centred = tf.sub(x!, tf.mean(x!, -1, true));
    const invStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
    const normal = tf.mul(centred, invStd);
    save([normal, invStd]);
    return { value: normal, gradFunc: gradient };
  });
}

function gradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor {
  const [normal, invStd] = saved as [tf.Tensor, tf.Tensor]; // as saved above
  const along = tf.mul(normal, tf.mean(tf.mul(dy, normal), -1, true));
  return tf.mul(invStd, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along));
}
