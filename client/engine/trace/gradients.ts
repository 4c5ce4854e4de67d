/**
 * Gradients that TensorFlow.js computes with tensors full of ones made on the host (Sum, Mean), written with a lazy
 * broadcast instead, for the time of a trace. The values are the same; the trace of a large step is many times faster.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { axesOf, sizeOf } from '../shapes.ts';

function spread(dy: tf.Tensor, x: tf.Tensor, axis: unknown): { readonly dx: tf.Tensor; readonly count: number } {
  const axes = axesOf(axis as number | number[] | undefined, x.rank); // the attribute of both kernels
  const kept = x.shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
  return { dx: tf.broadcastTo(tf.reshape(dy, kept), x.shape), count: sizeOf(axes.map((i) => x.shape[i]!)) };
}

const lazy: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(single(dy), x!, attrs['axis']).dx }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { dx, count } = spread(single(dy), x!, attrs['axis']);
        return tf.div(dx, count);
      },
    }),
  },
];

/** Runs `body` with the lazy gradients in place and puts the library's back. */
export function withLazyGradients<T>(body: () => T): T {
  const saved = lazy.map(({ kernelName }) => tf.getGradient(kernelName));
  replace(lazy);
  try {
    return body();
  } finally {
    replace(saved);
  }
}

function replace(configs: readonly tf.GradConfig[]): void {
  for (const config of configs) {
    tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
}

function single(dy: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(dy) ? dy[0]! : dy; // both kernels have one output
}
