/** Gradient accumulation: a large batch in the memory of a small one. @module */
import * as tf from '@tensorflow/tfjs';
import type { StepProgram } from '../types.ts';
import { addedTensors, chunksOf, gradientsOf, postponed, stepOf } from './training-program.ts';
import type { LossAndGradients, TrainingProgram } from './training-program.ts';

/**
 * The step of `plainStep`, with the same state, inputs and output, that goes through the batch in `chunks` equal chunks,
 * one after the other, and updates the weights once, by the mean of their gradients. Equal to the plain step up to
 * rounding when the loss is a mean over examples, each of which it judges alone; a contrastive loss needs `gradCache`.
 * The graph, and the time to compile it, grow with the number of chunks.
 */
export function accumulateGradients(program: TrainingProgram, chunks: number): StepProgram {
  return stepOf(program, (weights, batch) => {
    const parts = chunksOf(batch, chunks);
    const sum = parts.reduce<LossAndGradients | undefined>((before, chunk) => {
      const current = before === undefined ? weights : postponed(weights, lastOf(before));
      const own = gradientsOf(current, (moved) => program.loss(moved, chunk));
      return before === undefined ? own : summed(before, own);
    }, undefined);
    return scaled(sum!, 1 / chunks); // there is a first chunk
  });
}

/** The gradient that a chunk's backward pass ends with; scalars and vectors of it are found early. */
export function lastOf({ gradients }: LossAndGradients): tf.Tensor {
  return tf.addN(Object.values(gradients).map((gradient) => tf.sum(gradient)));
}

export function summed(a: LossAndGradients, b: LossAndGradients): LossAndGradients {
  return { loss: tf.add(a.loss, b.loss), gradients: addedTensors(a.gradients, b.gradients) };
}

function scaled({ loss, gradients }: LossAndGradients, factor: number): LossAndGradients {
  const by = Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)] as const);
  return { loss: tf.mul(loss, factor), gradients: Object.fromEntries(by) };
}
