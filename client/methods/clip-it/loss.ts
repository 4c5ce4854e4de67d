/**
 * CLIP-IT: an image classifier that learnt from reports and needs none. The student predicts the feature of a report
 * from the image and classifies by both branches; the report itself enters through the distillation alone. N images,
 * V features of the image, D of a report, C classes.
 *
 * Source: CLIP-IT (arXiv 2504.16181), steps 2 to 4, and its released code. Deviations: the cross-entropy is taken of
 * logits (the code applies a softmax twice), and the teacher's feature gets no gradient unless it is asked for (the
 * code's teacher moves too).
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { linear } from '#client/model/layers';
import { linearParameters, type Parameter, type Weights } from '#client/model/parameters';
import { unit } from '../contrastive.ts';
import { meanWhere } from '../mean-where.ts';
import { stopGradient } from '../stop-gradient.ts';

/** Sizes of the student's heads. */
export interface StudentSizes {
  readonly vision: number;
  readonly text: number;
  readonly classes: number;
}

/** The student's heads, named under `name`: h_d, the text branch in two layers, h_v and g. */
export function studentParameters(name: string, { vision, text, classes }: StudentSizes): readonly Parameter[] {
  return [
    ...linearParameters(`${name}.textPredictor`, vision, text),
    ...linearParameters(`${name}.textHidden`, text, text),
    ...linearParameters(`${name}.textHead`, text, classes),
    ...linearParameters(`${name}.visionHead`, vision, classes),
    ...linearParameters(`${name}.fusion`, 2 * classes, classes),
  ];
}

/** What the student makes of an image. */
export interface Student {
  /** t̂ = h_d(v): `[N, D]`. */
  readonly predictedText: tf.Tensor2D;
  /** `[N, C]`, all three. */
  readonly visionLogits: tf.Tensor2D;
  readonly textLogits: tf.Tensor2D;
  readonly logits: tf.Tensor2D;
}

/** g(h_v(v), h_t(h_d(v))): late fusion of both branches. There is no text among the arguments. */
export function student(weights: Weights, name: string, v_NV: tf.Tensor2D): Student {
  const predictedText = linear(weights, `${name}.textPredictor`, v_NV);
  const visionLogits = linear(weights, `${name}.visionHead`, v_NV);
  const textLogits = textBranch(weights, name, predictedText);
  const logits = linear(weights, `${name}.fusion`, tf.concat([visionLogits, textLogits], 1));
  return { predictedText, visionLogits, textLogits, logits };
}

/** h_t: the logits of a report's feature, real (the teacher, step 2) or predicted (the student). `[N, D]` to `[N, C]`. */
export function textBranch(weights: Weights, name: string, t_ND: tf.Tensor2D): tf.Tensor2D {
  const hidden_ND = tf.leakyRelu(linear(weights, `${name}.textHidden`, t_ND), 0.1);
  return linear(weights, `${name}.textHead`, hidden_ND);
}

/** How the student learns from the teacher. */
export interface Distillation {
  /** λ of L_CE + λ L_KD. */
  readonly lambda: number;
  /** Whether the teacher's feature is data. */
  readonly frozenTeacher: boolean;
}

const published: Distillation = { lambda: 1, frozenTeacher: true };

/** L_KD: the mean over present images of 1 - cos(t̂, t), in [0, 2]. */
export function distillation(
  predicted_ND: tf.Tensor2D,
  t_ND: tf.Tensor2D,
  frozenTeacher: boolean = published.frozenTeacher,
  present_N: tf.Tensor1D = tf.ones([predicted_ND.shape[0]]),
): tf.Scalar {
  const teacher_ND = frozenTeacher ? stopGradient(t_ND) : t_ND;
  const cosine_N = tf.sum(tf.mul(unit(predicted_ND), unit(teacher_ND)), 1);
  return meanWhere(tf.sub(1, cosine_N), present_N);
}

/** L_CE: the mean over present images of -log softmax(logits) at the labels (int32), in nats. */
export function crossEntropy(
  logits_NC: tf.Tensor2D,
  labels_N: tf.Tensor1D,
  present_N: tf.Tensor1D = tf.ones([logits_NC.shape[0]]),
): tf.Scalar {
  const own_NC = tf.oneHot(labels_N, logits_NC.shape[1]);
  return meanWhere(tf.neg(tf.sum(tf.mul(own_NC, tf.logSoftmax(logits_NC)), 1)), present_N);
}

/** The terms and their weighted sum. */
export interface ClipItLoss {
  readonly crossEntropy: tf.Scalar;
  readonly kd: tf.Scalar;
  readonly total: tf.Scalar;
}

/**
 * L = L_CE + λ L_KD of a student's outputs and the features `t_ND` of the paired reports. `present_N`, where given, is 1
 * for an image and 0 for an empty place of the batch.
 */
export function clipIt(
  { logits, predictedText }: Pick<Student, 'logits' | 'predictedText'>,
  labels_N: tf.Tensor1D,
  t_ND: tf.Tensor2D,
  { lambda, frozenTeacher }: Distillation = published,
  present_N?: tf.Tensor1D,
): ClipItLoss {
  const ce = crossEntropy(logits, labels_N, present_N);
  const kd = distillation(predictedText, t_ND, frozenTeacher, present_N);
  return { crossEntropy: ce, kd, total: tf.add(ce, tf.mul(kd, lambda)) };
}
