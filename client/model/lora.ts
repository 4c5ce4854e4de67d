/**
 * Low-rank adaptation of linear layers: W + (α/r) A B with W fixed. B begins at 0, so that a layer begins as it was, and
 * A from the seed. A convolution's filter is a matrix of its taps' inputs, an embedding one of its pieces. I inputs,
 * O outputs, R = r.
 *
 * Source: Hu et al. 2022 (arXiv 2106.09685), section 4.1; the factors transposed, for rows of x. Deviation: A is uniform
 * in ± 1 / sqrt(I), as in the authors' released code.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { InvariantError } from '#shared/errors';
import { type Parameter, sizeOf, weight, type Weights } from './parameters.ts';

/** The two factors and how much they count. */
export interface Lora extends LoraScale {
  readonly a_IR: tf.Tensor2D;
  readonly b_RO: tf.Tensor2D;
}

/** α and r, the inner extent of the factors. */
export interface LoraScale {
  readonly alpha: number;
  readonly rank: number;
}

/** x W + (α/r) (x A) B: `[N, I]` to `[N, O]`. */
export function lora(x_NI: tf.Tensor2D, weight_IO: tf.Tensor2D, { a_IR, b_RO, alpha, rank }: Lora): tf.Tensor2D {
  const adapted_NO = tf.matMul(tf.matMul(x_NI, a_IR), b_RO);
  return tf.add(tf.matMul(x_NI, weight_IO), tf.mul(adapted_NO, alpha / rank));
}

/** The names of a parameter's factors. */
export const factorNames = (name: string): { readonly a: string; readonly b: string } => ({
  a: `${name}.loraA`,
  b: `${name}.loraB`,
});

/** Whether it is the matrix of a linear layer or the filter of a convolution. */
export function isLinearWeight({ name, shape }: Parameter): boolean {
  return name.endsWith('.weight') && shape.length > 1;
}

/** Inputs and outputs of a parameter as a matrix. */
function matrixOf(shape: readonly number[]): readonly [inputs: number, outputs: number] {
  return [sizeOf(shape.slice(0, -1)), shape.at(-1)!]; // of a parameter with at least two axes
}

/** The factors of each parameter that `isAdapted` picks. */
export function loraParameters(
  base: readonly Parameter[],
  { rank }: Pick<LoraScale, 'rank'>,
  isAdapted: (parameter: Parameter) => boolean = isLinearWeight,
): readonly Parameter[] {
  return base.filter(isAdapted).flatMap(({ name, shape }): Parameter[] => {
    const [inputs, outputs] = matrixOf(shape);
    const { a, b } = factorNames(name);
    return [
      { name: a, shape: [inputs, rank], init: { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } },
      { name: b, shape: [rank, outputs], init: { kind: 'constant', value: 0 } },
    ];
  });
}

/**
 * The base weights with W + (α/r) A B in the place of every W that `factors` adapts: for any encoder, which need not
 * know. Gradients reach `base` and `factors`; where only the factors are to be trained, only theirs are asked for.
 */
export function withLora(base: Weights, factors: Weights, { alpha, rank }: LoraScale): Weights {
  const adapted = Object.entries(base).flatMap(([name, w]): [string, tf.Tensor][] => {
    const { a, b } = factorNames(name);
    if (factors[a] === undefined) return [];
    const product_IO = tf.matMul(weight<tf.Rank.R2>(factors, a), weight<tf.Rank.R2>(factors, b));
    return [[name, tf.add(w, tf.mul(product_IO, alpha / rank).reshape(w.shape))]];
  });
  return { ...base, ...Object.fromEntries(adapted) };
}

/**
 * The same on the host, once and for all: the values of `base` with the factors merged in, for a file that needs no
 * factors. `values` has those of the base and of its factors by name.
 *
 * @throws InvariantError (unreachable) if values are missing
 */
export function mergeLora(
  base: readonly Parameter[],
  values: Readonly<Record<string, Float32Array>>,
  scale: LoraScale,
): Readonly<Record<string, Float32Array>> {
  const entries = base.map((parameter): [string, Float32Array] => {
    const { a, b } = factorNames(parameter.name);
    const w = valuesNamed(values, parameter.name);
    if (values[a] === undefined) return [parameter.name, w];
    return [parameter.name, merged(w, values[a], valuesNamed(values, b), matrixOf(parameter.shape)[1], scale)];
  });
  return Object.fromEntries(entries);
}

function valuesNamed(values: Readonly<Record<string, Float32Array>>, name: string): Float32Array {
  const found = values[name];
  if (found === undefined) throw new InvariantError('unreachable', `the model has no parameter ${name}`);
  return found;
}

function merged(
  w: Float32Array,
  a: Float32Array,
  b: Float32Array,
  outputs: number,
  { alpha, rank }: LoraScale,
): Float32Array {
  return w.map((value, at) => {
    const [i, o] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += a[i * rank + r]! * b[r * outputs + o]!;
    return value + (alpha / rank) * sum;
  });
}
