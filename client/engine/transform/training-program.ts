/**
 * A training step in its parts, so that a transformation can put them together in another way.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import type { StepProgram, TensorSpec, Tensors } from '../types.ts';

type Specs = Readonly<Record<string, TensorSpec>>;

/** What every training step has, whatever its loss is made of. */
export interface TrainingParts {
  /** What the gradients are taken of. */
  readonly weights: Specs;
  /** The optimiser's own state; no name is a weight's. */
  readonly slots: Specs;
  /** The examples: their number is the first extent of every one. */
  readonly batch: Specs;
  /** The other inputs: learning rate, step number. */
  readonly scalars: Specs;
  /** The optimiser's arithmetic. */
  update(state: Trained, gradients: Tensors, scalars: Tensors): Trained;
}

/** Weights and the optimiser's state. */
export interface Trained {
  readonly weights: Tensors;
  readonly slots: Tensors;
}

/** A step whose loss is a mean over examples. */
export interface TrainingProgram extends TrainingParts {
  loss(weights: Tensors, batch: Tensors): tf.Scalar;
}

/** The step over the whole batch at once. Its output is `loss`. */
export function plainStep(program: TrainingProgram): StepProgram {
  return stepOf(program, (weights, batch) => gradientsOf(weights, (moved) => program.loss(moved, batch)));
}

/** A loss and its gradients, by weight. */
export interface LossAndGradients {
  readonly loss: tf.Tensor;
  readonly gradients: Tensors;
}

/** The step program whose gradients are found by `differentiate`. */
export function stepOf(
  program: TrainingParts,
  differentiate: (weights: Tensors, batch: Tensors) => LossAndGradients,
): StepProgram {
  const { weights, slots, batch, scalars } = program;
  return {
    state: { ...weights, ...slots },
    inputs: { ...batch, ...scalars },
    step: (state, inputs) => {
      const old: Trained = { weights: pick(state, weights), slots: pick(state, slots) };
      const { loss, gradients } = differentiate(old.weights, pick(inputs, batch));
      const next = program.update(old, gradients, pick(inputs, scalars));
      return { state: { ...next.weights, ...next.slots }, outputs: { loss } };
    },
  };
}

/** The value of `loss` and its gradient for every weight: zeros for those that it does not use. */
export function gradientsOf(weights: Tensors, loss: (weights: Tensors) => tf.Tensor): LossAndGradients {
  const names = Object.keys(weights);
  const list = Object.values(weights);
  const { value, grads } = tf.engine().gradients(() => loss(weights), list, undefined, true);
  const found = grads as readonly (tf.Tensor | null | undefined)[]; // with `allowNoGradients` some are missing
  return {
    loss: value,
    gradients: Object.fromEntries(names.map((name, i) => [name, found[i] ?? tf.zerosLike(list[i]!)])),
  };
}

/** The batch in equal chunks along its first axis. @throws UsageError (badArgument) if they are not equal. */
export function chunksOf(batch: Tensors, count: number): Tensors[] {
  const cut = Object.entries(batch).map(([name, tensor]): readonly [string, tf.Tensor[]] => {
    const extent = tensor.shape.at(0) ?? 0; // a scalar has none
    if (extent % count === 0 && extent > 0) return [name, tf.split(tensor, count, 0)];
    throw new UsageError('badArgument', `${extent} examples of '${name}' do not fall into ${count} equal chunks`);
  });
  return Array.from({ length: count }, (_, i) => Object.fromEntries(cut.map(([name, parts]) => [name, parts[i]!])));
}

/** a + b, by name. */
export function addedTensors(a: Tensors, b: Tensors): Tensors {
  return Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.add(tensor, b[name]!)]));
}

/**
 * The weights, unchanged, but not to be had before `after` is computed. A compiled graph would otherwise see that two
 * passes share their work, and keep what the second pass is there to forget.
 */
export function postponed(weights: Tensors, after: tf.Tensor): Tensors {
  const nothing = tf.mul(tf.sum(after), 0);
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [name, tf.add(tensor, nothing)]));
}

function pick(all: Tensors, specs: Specs): Tensors {
  return Object.fromEntries(Object.keys(specs).map((name) => [name, all[name]!])); // the engine gives every declared one
}
