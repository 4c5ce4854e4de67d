/**
 * The programs of a U-Net: a training step, and the class of every place. The encoder's parameters have the names that a
 * method's have (`image.…`), the decoder's begin with `decoder`. B examples, L classes.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597).
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { StepProgram, Tensors, TensorSpec } from '#client/engine/types';
import { imageSpecs } from '#client/methods/batches/specs';
import { extentsOf, type MethodConfig } from '#client/methods/config';
import { imageParameters, resNetSizes } from '#client/methods/encoders';
import { type Parameter, weight, type Weights } from '#client/model/parameters';
import { resNetStages, stageChannels } from '#client/model/resnet';
import { segment, segmentationParameters, type SegmentationSizes } from '#client/model/segmentation';
import { adamSpecs, adamW, clippedByNorm } from './adamw.ts';
import { segmentationLoss } from './segmentation-loss.ts';

/** What the programs of a segmentation are made from. */
export interface SegmentationPlan {
  /** Sizes of the image and its encoder (a residual network), of the batches, the schedule and the augmentation. */
  readonly config: MethodConfig;
  /** L. */
  readonly classes: number;
}

function decoderSizes({ config, classes }: SegmentationPlan): SegmentationSizes {
  const sizes = resNetSizes(config.image);
  return {
    axes: sizes.axes,
    groups: config.image.resnet.groups,
    stages: [sizes.width, ...stageChannels(sizes)],
    classes,
  };
}

/** The encoder's, without its head, and the decoder's. */
export function segmentationTensors(plan: SegmentationPlan): readonly Parameter[] {
  const encoder = imageParameters('image', plan.config).filter(({ name }) => name !== 'image.head');
  return [...encoder, ...segmentationParameters('decoder', decoderSizes(plan))];
}

/** `[B, ...size, L]`. */
function logitsOf(plan: SegmentationPlan, weights: Weights, image: tf.Tensor): tf.Tensor {
  const stages = resNetStages(weights, 'image', resNetSizes(plan.config.image), image);
  return segment(weights, 'decoder', decoderSizes(plan), stages, extentsOf(plan.config.image));
}

const moments = (name: string): readonly [m: string, v: string] => [`adam.m/${name}`, `adam.v/${name}`];

/** Weights and moments to weights and moments, and `loss`. */
export function segmentationStep(plan: SegmentationPlan): StepProgram {
  const { batchSize } = plan.config.training;
  const parameters = segmentationTensors(plan);
  const state = parameters.flatMap(({ name, shape }) => [name, ...moments(name)].map((each) => [each, float(shape)]));
  return {
    state: Object.fromEntries(state) as Readonly<Record<string, TensorSpec>>, // names and specs
    inputs: {
      ...imageSpecs(plan.config, batchSize),
      mask: { shape: [batchSize, ...extentsOf(plan.config.image)], dtype: 'int32' },
      present: float([batchSize]),
      ...adamSpecs,
    },
    step: (values, inputs) => trainingStep(plan, parameters, values, inputs),
  };
}

function float(shape: readonly number[]): TensorSpec {
  return { shape, dtype: 'float32' };
}

function trainingStep(
  plan: SegmentationPlan,
  parameters: readonly Parameter[],
  state: Tensors,
  inputs: Tensors,
): { readonly state: Tensors; readonly outputs: Tensors } {
  const { training } = plan.config;
  const names = parameters.map(({ name }) => name);
  const loss = (...values: readonly tf.Tensor[]): tf.Scalar =>
    lossOf(plan, Object.fromEntries(names.map((name, i) => [name, values[i]!])), inputs); // as many as names
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weight(state, name)));
  const scalars = {
    learningRate: weight(inputs, 'learningRate'),
    mCorrection: weight(inputs, 'mCorrection'),
    vCorrection: weight(inputs, 'vCorrection'),
  };
  const next = clippedByNorm(grads, training.gradientNorm).flatMap((gradient, i) => {
    const name = names[i]!; // a gradient of each
    const [m, v] = moments(name);
    const old = { weight: weight(state, name), m: weight(state, m), v: weight(state, v) };
    const moved = adamW(old, gradient, scalars, training);
    return [[name, moved.weight], [m, moved.m], [v, moved.v]] as const; // prettier-ignore
  });
  return { state: Object.fromEntries(next), outputs: { loss: value } };
}

function lossOf(plan: SegmentationPlan, weights: Weights, { image, mask, present }: Tensors): tf.Scalar {
  return segmentationLoss(logitsOf(plan, weights, image!), mask!, present!); // declared, as is the image
}

/** The images to `mask` `[B, ...size]`: the most probable class of every place. */
export function segmentationAnswer(plan: SegmentationPlan): StepProgram {
  const parameters = segmentationTensors(plan);
  return {
    state: Object.fromEntries(parameters.map(({ name, shape }) => [name, float(shape)])),
    inputs: imageSpecs(plan.config, plan.config.training.batchSize),
    step: (state, { image }) => ({
      state,
      outputs: { mask: tf.cast(tf.argMax(logitsOf(plan, state, image!), -1), 'float32') }, // declared
    }),
  };
}
