/**
 * The two contrastive losses. N pairs, embeddings `[N, D]`, L = s cos(image_i, text_j); the pairs are on the diagonal.
 *
 * Sources: CLIP, Radford et al. 2021 (arXiv 2103.00020), figure 3; SigLIP, Zhai et al. 2023 (arXiv 2303.15343),
 * equation 1.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';

/** Losses in nats. */
export interface InfoNce {
  readonly imageToText: tf.Scalar;
  readonly textToImage: tf.Scalar;
  /** Their mean. */
  readonly loss: tf.Scalar;
}

/** x / max(|x|, 1e-8), by rows. */
export function unit(x_ND: tf.Tensor2D): tf.Tensor2D {
  const squares_N1 = tf.sum(tf.mul(x_ND, x_ND), 1, true);
  return tf.div(x_ND, tf.sqrt(tf.maximum(squares_N1, 1e-16)));
}

/** L = s cos(image_i, text_j). `[N, N]`. */
export function similarityLogits(image_ND: tf.Tensor2D, text_ND: tf.Tensor2D, scale: tf.Scalar): tf.Tensor2D {
  return tf.mul(tf.matMul(unit(image_ND), unit(text_ND), false, true), scale);
}

/**
 * ½ (CE(L) + CE(Lᵀ)). `present_N`, where given, is 1 for a pair and 0 for a place that a short batch leaves empty:
 * empty places are nobody's candidate and weigh nothing.
 */
export function infoNce(
  image_ND: tf.Tensor2D,
  text_ND: tf.Tensor2D,
  scale: tf.Scalar,
  present_N?: tf.Tensor1D,
): InfoNce {
  const N = image_ND.shape[0];
  const present = present_N ?? tf.ones<tf.Rank.R1>([N]);
  const logits_NN = similarityLogits(image_ND, text_ND, scale);
  const imageToText = diagonalCrossEntropy(logits_NN, present);
  const textToImage = diagonalCrossEntropy(tf.transpose(logits_NN), present);
  return { imageToText, textToImage, loss: tf.mul(tf.add(imageToText, textToImage), 0.5) };
}

/** CE(L): the mean over present rows of -log softmax(L)_kk, absent columns left out. */
export function diagonalCrossEntropy(logits_NN: tf.Tensor2D, present_N: tf.Tensor1D): tf.Scalar {
  const N = logits_NN.shape[0];
  const own_NN = tf.mul(tf.eye(N), present_N.reshape([N, 1]));
  const logProbability_NN = logSoftmaxOverPresent(logits_NN, present_N);
  return tf.neg(tf.div(tf.sum(tf.mul(logProbability_NN, own_NN)), tf.sum(present_N)));
}

/** log softmax of each row, absent columns left out. `[N, N]`. */
export function logSoftmaxOverPresent(logits_NN: tf.Tensor2D, present_N: tf.Tensor1D): tf.Tensor2D {
  const columns_1N = tf.mul(tf.sub(1, present_N), -1e9).reshape([1, present_N.shape[0]]);
  return tf.logSoftmax(tf.add(logits_NN, columns_1N));
}

/**
 * -(1/N) Σ_ij log σ(y_ij (L_ij + bias)), y = 1 on the diagonal and -1 elsewhere. In nats. `present_N` as in `infoNce`: N
 * counts what is there.
 */
export function sigLip(
  image_ND: tf.Tensor2D,
  text_ND: tf.Tensor2D,
  scale: tf.Scalar,
  bias: tf.Scalar,
  present_N: tf.Tensor1D = tf.ones([image_ND.shape[0]]),
): tf.Scalar {
  const N = image_ND.shape[0];
  const sign_NN = tf.sub(tf.mul(tf.eye(N), 2), 1);
  const z_NN = tf.mul(tf.add(similarityLogits(image_ND, text_ND, scale), bias), sign_NN);
  // -log σ(z) = softplus(-z); the gradient of tf.logSigmoid fails where operations run one by one
  const pairs_NN = tf.mul(present_N.reshape([N, 1]), present_N.reshape([1, N]));
  return tf.div(tf.sum(tf.mul(tf.softplus(tf.neg(z_NN)), pairs_NN)), tf.sum(present_N));
}
