/** Where a loss takes a tensor as data. @module */
import type * as tf from '@tensorflow/tfjs';
import { zerosLike } from '@tensorflow/tfjs';
import { withGradient } from '#client/engine/nn/traced';

/** x itself; no gradient goes through it. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withGradient([x], ([x_]) => ({ value: x_!.clone(), gradFunc: (dy) => zerosLike(dy) })) as T; // of x's rank
}
