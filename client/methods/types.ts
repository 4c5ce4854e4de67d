/** What training and evaluation need of a method. @module */
import type * as tf from '@tensorflow/tfjs';
import type { TensorSpec, Tensors } from '#client/engine/types';
import type { Parameter, Weights } from '#client/model/parameters';
import type { MethodConfig } from './config.ts';

/** A batch of image-report pairs as every method gets it. B pairs, S pixels a side, T tokens. */
export interface PairBatchSpecs {
  /** `[B, S, S]`. */
  readonly image: TensorSpec;
  /** `[B, T]`, int32. */
  readonly ids: TensorSpec;
  /** `[B, T]`, 1 for a token. */
  readonly mask: TensorSpec;
}

/** A batch to train on. */
export interface TrainBatchSpecs extends PairBatchSpecs {
  /** `[B]`, 1 for a pair, 0 for a place that a short batch leaves empty. */
  readonly present: TensorSpec;
}

/** Embeddings of the pairs of a batch, unit vectors `[B, E]`. */
export interface Embeddings {
  readonly image: tf.Tensor2D;
  readonly text: tf.Tensor2D;
}

/** A method: its parameters, its loss and its embeddings, as functions of a configuration. */
export interface Method {
  readonly name: string;
  parameters(config: MethodConfig): readonly Parameter[];
  /** The training loss in nats. */
  loss(config: MethodConfig, weights: Weights, batch: Tensors): tf.Scalar;
  embed(config: MethodConfig, weights: Weights, batch: Tensors): Embeddings;
}
