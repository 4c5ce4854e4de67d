/**
 * A model's parameters as data: names, shapes and how they begin. The tree is flat, its names are paths
 * (`image.block0.norm1.gain`), and their order is the order of the numbers in the vector that leaves a site.
 *
 * @module
 */
import type * as tf from '@tensorflow/tfjs';
import { InvariantError } from '#shared/errors';

/** How a parameter begins. */
export type Initialiser =
  | { readonly kind: 'normal'; readonly sd: number }
  /** Uniform in [-bound, bound]. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** A matrix with orthonormal rows or columns, whichever are fewer. */
  | { readonly kind: 'orthogonal' };

/** One named tensor. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initialiser;
}

/** Tensors by name, traced or real. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The number of elements of all parameters. */
export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** The tensor of this name. @throws InvariantError (unreachable) if the tree lacks it */
export function weight<R extends tf.Rank = tf.Rank>(weights: Weights, name: string): tf.Tensor<R> {
  const found = weights[name];
  if (found === undefined) throw new InvariantError('unreachable', `the model has no parameter ${name}`);
  return found as tf.Tensor<R>; // the rank is that of the parameter's own declaration
}

/** Weights and bias of a linear layer, uniform in ± 1 / sqrt(inputs). */
export function linearParameters(name: string, inputs: number, outputs: number): readonly Parameter[] {
  const init: Initialiser = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) };
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init },
    { name: `${name}.bias`, shape: [outputs], init },
  ];
}

/** Gain 1 and bias 0 of a layer normalisation. */
export function normParameters(name: string, dim: number): readonly Parameter[] {
  return [
    { name: `${name}.gain`, shape: [dim], init: { kind: 'constant', value: 1 } },
    { name: `${name}.bias`, shape: [dim], init: { kind: 'constant', value: 0 } },
  ];
}
