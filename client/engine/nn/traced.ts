/** What the layers with a kernel and a gradient of their own share. @module */
import * as tf from '@tensorflow/tfjs';
import { traceBackendName } from '../trace/backend-name.ts';

/** Whether the operations that run now are recorded, not computed. */
export function isTracing(): boolean {
  return tf.getBackend() === traceBackendName;
}

/** The outputs of a kernel that exists while tracing only. */
export function runFused(kernel: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap = {}): tf.Tensor[] {
  const made: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(kernel, inputs, attrs);
  return Array.isArray(made) ? made : [made];
}

type Forward = (
  inputs: readonly tf.Tensor[],
  save: tf.GradSaveFunc,
) => { value: tf.Tensor; gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[] };

/** `tf.customGrad` with the inputs as a list. */
export function withGradient(inputs: readonly tf.Tensor[], forward: Forward): tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc; // TensorFlow.js passes it after the inputs
    return forward(args.slice(0, -1) as tf.Tensor[], save);
  })(...inputs);
}
