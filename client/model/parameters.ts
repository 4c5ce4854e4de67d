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

/**
 * Where a parameter lives. `shared`: its change leaves the site in the weighted sum. `rows`: it is shared too, each row
 * with a weight of its own. `local`: it never leaves the site. `frozen`: it stays as it began, the same everywhere.
 */
export type Keeping = 'shared' | 'rows' | 'local' | 'frozen';

/** One named tensor. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initialiser;
  /** Default `shared`. */
  readonly kept?: Keeping;
  /** Whether the optimiser moves it. Default true unless it is frozen. */
  readonly trained?: boolean;
  /** Parameters of one group have one learning rate. Default `main`. */
  readonly group?: string;
}

/** The parameters that are kept in one of these ways. */
export function keptAs(parameters: readonly Parameter[], ...ways: readonly Keeping[]): readonly Parameter[] {
  return parameters.filter(({ kept = 'shared' }) => ways.includes(kept));
}

/** Those that the optimiser moves. */
export function trainedOf(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.filter(({ kept, trained = kept !== 'frozen' }) => trained);
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
