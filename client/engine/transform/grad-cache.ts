/**
 * GradCache: a contrastive loss over a large batch in the memory of a small one.
 *
 * Source: Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup" (RepL4NLP 2021),
 * section 3: step 1, all embeddings without gradients; step 2, the loss and its gradients with respect to the embeddings;
 * step 3, every chunk embedded again, now with gradients, against those of its embeddings; step 4, the update.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { StepProgram, Tensors } from '../types.ts';
import { lastOf, summed } from './accumulate.ts';
import { chunksOf, gradientsOf, postponed, stepOf } from './training-program.ts';
import type { LossAndGradients, TrainingParts, TrainingProgram } from './training-program.ts';

/** A step whose loss is a function of the embeddings of the whole batch, each of which is one of its example alone. */
export interface ContrastiveProgram extends TrainingParts {
  /** By name; the first axis of each counts examples. */
  embed(weights: Tensors, batch: Tensors): Tensors;
  lossOf(weights: Tensors, embeddings: Tensors, batch: Tensors): tf.Scalar;
}

/** The same step as one loss, for `plainStep`. */
export function wholeLoss(program: ContrastiveProgram): TrainingProgram {
  return { ...program, loss: (weights, batch) => program.lossOf(weights, program.embed(weights, batch), batch) };
}

/**
 * The step of `plainStep(wholeLoss(program))`, with the same state, inputs and output, and equal up to rounding, that
 * holds the activations of one chunk at a time. It embeds everything twice; graph and compile time grow with the chunks.
 */
export function gradCache(program: ContrastiveProgram, chunks: number): StepProgram {
  return stepOf(program, (weights, batch) => {
    const parts = chunksOf(batch, chunks);
    const embeddings = joined(parts.map((chunk) => program.embed(weights, chunk)));
    const ofLoss = gradientsOf({ ...prefixed('w.', weights), ...prefixed('e.', embeddings) }, (moved) =>
      program.lossOf(without('w.', moved), without('e.', moved), batch),
    );
    const cached = chunksOf(without('e.', ofLoss.gradients), chunks);
    const direct: LossAndGradients = { loss: ofLoss.loss, gradients: without('w.', ofLoss.gradients) };
    return parts.reduce((sum, chunk, i) => {
      const surrogate = gradientsOf(postponed(weights, lastOf(sum)), (moved) =>
        inner(program.embed(moved, chunk), cached[i]!),
      );
      return summed(sum, { loss: tf.zerosLike(sum.loss), gradients: surrogate.gradients });
    }, direct);
  });
}

/** The sum of the products of embeddings and their cached gradients: its gradient is the loss's, by the chain rule. */
function inner(embeddings: Tensors, gradients: Tensors): tf.Tensor {
  return tf.addN(Object.entries(embeddings).map(([name, tensor]) => tf.sum(tf.mul(tensor, gradients[name]!))));
}

function joined(parts: readonly Tensors[]): Tensors {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, tf.concat(parts.map((part) => part[name]!), 0)])); // prettier-ignore
}

function prefixed(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

function without(prefix: string, tensors: Tensors): Tensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
