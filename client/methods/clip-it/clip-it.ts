/**
 * CLIP-IT as a method: a classifier of images that learns from reports which are nobody's, and reads none when it is
 * used. A frozen CLIP pairs every labelled image with a public report; the text encoder learns to classify the reports
 * (the teacher, first stage); then the image encoder learns to classify the image and to predict the teacher's feature of
 * its report (the student, second stage). Only LoRA factors and heads are trained and shared; which report went with
 * which image stays at its site.
 *
 * Source: CLIP-IT (arXiv 2504.16181), steps 1 to 4. Deviations: the vision backbone is the pairing CLIP's own image
 * encoder instead of a second one, and the stages are shares of a federated run instead of runs of their own.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { type Parameter, weight, type Weights } from '#client/model/parameters';
import { imageSpecs, textSpecs } from '../batches/specs.ts';
import { unit } from '../contrastive.ts';
import type { Method } from '../types.ts';
import { type ClipItConfig, parseClipItConfig, readsBank } from './config.ts';
import { adapted, factorParameters, frozenParameters, textFeature, visionFeature } from './encoders.ts';
import { decodeEncoders } from './files.ts';
import { clipIt as clipItLoss, crossEntropy, student, studentParameters, textBranch } from './loss.ts';
import { classMeasures, classReport, classTally } from './report.ts';
import { clipItSampler } from './sampler.ts';
import { stageRates, studentGroup } from './stages.ts';

/** The method under a plan's section. @throws UsageError (badPlan) */
export function clipIt(input: unknown): Method {
  const config = parseClipItConfig(input);
  const reads = readsBank(config);
  const encoders = reads ? (['image', 'text'] as const) : (['image'] as const);
  const frozen = encoders.flatMap((which) => frozenParameters(config, which));
  return {
    name: 'clip-it',
    config,
    readsReports: false,
    measures: classMeasures,
    parameters: [...frozen, ...encoders.flatMap((which) => factorParameters(config, which)), ...heads(config)],
    batch: batchSpecs(config),
    loss: (weights, batch) => loss(config, weights, batch),
    sampler: (pairs, world) => clipItSampler(config, pairs, world),
    rates: (step, totalSteps) => stageRates(config, step, totalSteps),
    image: (weights, image) => seen(config, weights, image),
    attended: { weights: (weights) => adapted(weights, config, 'image') },
    ...(reads
      ? {
          text: (weights, ids_BT, mask_BT) => ({ embedding: unit(textFeature(weights, config, ids_BT, mask_BT)) }),
        }
      : {}),
    begin: async (files) => {
      const { checkpoint } = config.files;
      return checkpoint === undefined ? {} : decodeEncoders(await files.read(checkpoint), frozen);
    },
    report: (model, pairs) => classReport(model, pairs, config.clipIt.classes),
    tally: classTally(config.clipIt.classes),
  };
}

/** h_d, h_v and g are the student's; h_t is the teacher's head first, and the student's from then on. */
function heads({ embedding, clipIt: { classes, fusion } }: ClipItConfig): readonly Parameter[] {
  const sizes = { vision: embedding, text: embedding, classes: classes.length };
  return studentParameters('student', sizes).map((parameter) => {
    if (/\.text(Hidden|Head)\./.test(parameter.name)) return parameter;
    const kept = parameter.name.startsWith('student.fusion.') ? fusion : 'shared';
    return { ...parameter, kept, group: studentGroup };
  });
}

function batchSpecs(config: ClipItConfig): Method['batch'] {
  const { batchSize } = config.training;
  return {
    ...imageSpecs(config, batchSize),
    labels: { shape: [batchSize], dtype: 'int32' },
    present: { shape: [batchSize], dtype: 'float32' },
    // `teaching` is 1 in the first stage.
    ...(readsBank(config) ? { ...textSpecs(config, batchSize), teaching: { shape: [], dtype: 'float32' } } : {}),
  };
}

/** The teacher's cross-entropy in the first stage, L_CE + λ L_KD in the second. */
function loss(config: ClipItConfig, weights: Weights, batch: Weights): tf.Scalar {
  const labels_B = weight<tf.Rank.R1>(batch, 'labels');
  const present_B = weight<tf.Rank.R1>(batch, 'present');
  const made = student(weights, 'student', visionFeature(weights, config, weight(batch, 'image')));
  if (!readsBank(config)) return crossEntropy(made.logits, labels_B, present_B);
  const t_BE = textFeature(weights, config, weight(batch, 'ids'), weight(batch, 'mask'));
  const taught = clipItLoss(made, labels_B, t_BE, config.clipIt, present_B).total;
  const teacher = crossEntropy(textBranch(weights, 'student', t_BE), labels_B, present_B);
  const teaching = weight<tf.Rank.R0>(batch, 'teaching');
  return tf.add(tf.mul(teaching, teacher), tf.mul(tf.sub(1, teaching), taught));
}

/**
 * From an image alone: the probabilities of the classes, t̂ as a direction among the reports, and v as one, which at the
 * beginning is the frozen CLIP's. Without reports t̂ means nothing, and v stands for it.
 */
function seen(config: ClipItConfig, weights: Weights, image: tf.Tensor): Weights {
  const v_BE = visionFeature(weights, config, image);
  const { logits, predictedText } = student(weights, 'student', v_BE);
  const vision = unit(v_BE);
  const embedding = readsBank(config) ? unit(predictedText) : vision;
  return { probabilities: tf.softmax(logits), embedding, vision };
}
