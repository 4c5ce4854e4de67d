/** Encoders as programs, for tests: weights of a seed, an output, and the gradient of every parameter. @module */
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import type { EngineName, HostValues, StepProgram, TensorSpec, Tensors } from '#client/engine/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { type Parameter, sizeOf, type Weights } from '#client/model/parameters';
import { uniform } from '../engine/training.ts';
import { caseWeights } from '../engine/kernel-case.ts';

/** A function of weights and inputs. */
export interface Encoder {
  readonly parameters: readonly Parameter[];
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly encode: (weights: Weights, inputs: Tensors) => tf.Tensor;
}

/** The initial weights of seed 1, by name. */
export function initialValues(parameters: readonly Parameter[]): Readonly<Record<string, Float32Array>> {
  return splitWeights(parameters, initialWeights(parameters, 1));
}

/** Numbers in [-0.5, 0.5) from a seed. */
export function drawn(shape: readonly number[], seed: number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, uniform(seed));
}

/** One output, `y`. */
export function forwardProgram({ parameters, inputs, encode }: Encoder): StepProgram {
  return {
    state: specsOf(parameters),
    inputs,
    step: (state, batch) => ({ state, outputs: { y: encode(state, batch) } }),
  };
}

/** `y`, and by the parameters' names the gradients of a sum of y with unequal weights. */
export function gradientProgram({ parameters, inputs, encode }: Encoder): StepProgram {
  const names = parameters.map(({ name }) => name);
  return {
    state: specsOf(parameters),
    inputs,
    step: (state, batch) => {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const y = encode(Object.fromEntries(names.map((name, i) => [name, values[i]!])), batch);
        return tf.sum(tf.mul(y.reshape([y.size]), tf.tensor1d(caseWeights(y.size))));
      };
      const grads = tf.grads(loss)(names.map((name) => state[name]!));
      return { state, outputs: { y: encode(state, batch), ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) } }; // prettier-ignore
    },
  };
}

/** The outputs of a program's step. */
export async function outputsOf(
  program: StepProgram,
  init: HostValues,
  batch: HostValues,
  engine: EngineName = 'reference',
): Promise<HostValues> {
  const runner = await compile(program, { engine, init, worker: false });
  const outputs = await runner.step(batch);
  await runner.dispose();
  return outputs;
}

function specsOf(parameters: readonly Parameter[]): Readonly<Record<string, TensorSpec>> {
  return Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' }]));
}
