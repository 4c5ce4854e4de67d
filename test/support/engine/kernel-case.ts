/** One operation with its inputs, run compiled and on the reference, value and gradient. @module */
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import { sizeOf } from '#client/engine/shapes';
import type { EngineName, HostValues, StepProgram, TensorSpec, Tensors } from '#client/engine/types';
import { uniform } from './training.ts';

/** An input of a case: floats are drawn from [low, high), whole numbers too. */
export interface CaseInput extends TensorSpec {
  readonly low: number;
  readonly high: number;
}

export interface KernelCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Whether TensorFlow.js can differentiate it (with respect to every float input). Default yes. */
  readonly differentiable?: boolean;
  /** Largest difference allowed, relative to the larger of 1 and the value. */
  readonly tolerance: number;
}

/** Floats in [low, high). */
export function floats(shape: readonly number[], low = -1, high = 1): CaseInput {
  return { shape, dtype: 'float32', low, high };
}

/** Whole numbers in [low, high). */
export function whole(shape: readonly number[], low: number, high: number): CaseInput {
  return { shape, dtype: 'int32', low, high };
}

export function flags(shape: readonly number[]): CaseInput {
  return { shape, dtype: 'bool', low: 0, high: 2 };
}

/** The values of the inputs, the same in every run. */
export function caseValues({ inputs }: KernelCase, seed = 5): HostValues {
  const draw = uniform(seed);
  return Object.fromEntries(
    inputs.map(({ shape, dtype, low, high }, i): [string, HostValues[string]] => {
      const drawn = Array.from({ length: sizeOf(shape) }, () => low + (draw() + 0.5) * (high - low));
      if (dtype === 'float32') return [`x${i}`, Float32Array.from(drawn)];
      return [`x${i}`, dtype === 'int32' ? Int32Array.from(drawn, Math.floor) : Uint8Array.from(drawn, Math.floor)];
    }),
  );
}

/** The unequal weights of the sum that a case differentiates. */
export function caseWeights(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(1 + 3 * i));
}

/** The program of a case: the results `y`, and the gradients `g` of a sum of them with unequal weights. */
export function caseProgram({ inputs, run, differentiable = true }: KernelCase): StepProgram {
  const outputsOf = (xs: tf.Tensor[]): tf.Tensor[] => [run(...xs)].flat();
  const weighted = (y: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(tf.reshape(tf.cast(y, 'float32'), [y.size]), tf.tensor1d(caseWeights(y.size))));
  return {
    state: {},
    inputs: Object.fromEntries(inputs.map(({ shape, dtype }, i) => [`x${i}`, { shape, dtype }])),
    step: (_state, batch) => {
      const xs = inputs.map((_, i) => batch[`x${i}`]!);
      const outputs: Record<string, tf.Tensor> = {};
      outputsOf(xs).forEach((y, i) => (outputs[`y${i}`] = y));
      if (differentiable)
        Object.assign(
          outputs,
          gradientsOf(xs, (all) => tf.addN(outputsOf(all).map(weighted))),
        );
      return { state: {}, outputs };
    },
  };
}

function gradientsOf(xs: readonly tf.Tensor[], loss: (xs: tf.Tensor[]) => tf.Tensor): Tensors {
  const at = xs.flatMap((x, i) => (x.dtype === 'float32' ? [i] : []));
  const of = (...moved: tf.Tensor[]): tf.Scalar => {
    const all = xs.map((x, i) => moved[at.indexOf(i)] ?? x);
    return loss(all).asScalar();
  };
  const grads = tf.grads(of)(at.map((i) => xs[i]!));
  return Object.fromEntries(grads.map((grad, i) => [`g${at[i]!}`, grad]));
}

/** The results of a case on an engine. */
export async function runCase(one: KernelCase, engine: EngineName): Promise<HostValues> {
  const runner = await compile(caseProgram(one), { engine, worker: false });
  const outputs = await runner.step(caseValues(one));
  await runner.dispose();
  return outputs;
}

/** The largest difference, relative to the larger of 1 and the value; infinite when shapes or types differ. */
export function largestDifference(actual: HostValues, expected: HostValues): number {
  let largest = 0;
  for (const [name, wanted] of Object.entries(expected)) {
    const got = actual[name];
    if (got?.constructor !== wanted.constructor || got.length !== wanted.length) return Infinity;
    wanted.forEach((value, i) => {
      const difference = Math.abs(value - got[i]!) / Math.max(1, Math.abs(value));
      largest = Math.max(largest, Number.isNaN(difference) ? (Object.is(value, got[i]) ? 0 : Infinity) : difference);
    });
  }
  return largest;
}
