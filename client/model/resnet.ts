/**
 * A residual network over images or volumes, channels last, with group or batch normalisation. B examples, C channels.
 *
 * Source: He et al. 2016 (arXiv 1512.03385), table 1 and section 4.2; strides stand in the 3 x 3 convolution of a
 * bottleneck, as in torchvision, and padding is symmetric, as in PyTorch. Deviation: unless it is asked
 * for, group normalisation (Wu and He 2018) in the place of batch normalisation, which is a site's own and does not leave it.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { TrainingPass } from './batch-norm.ts';
import { convolutionParameters, convolved, largest, perAxis, type PerAxis } from './convolution.ts';
import { type Parameter, weight, type Weights } from './parameters.ts';

/** Sizes, the same for two and for three axes. */
export interface ResNetSizes {
  readonly axes: 2 | 3;
  /** Of the image. Default 1. */
  readonly channels?: number;
  /** Two 3 x 3 convolutions, or 1 x 1, 3 x 3 and 1 x 1 with four times the channels. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each stage; every stage after the first halves the extents and doubles the channels. */
  readonly blocks: readonly number[];
  /** Channels of the stem and, before the bottleneck's factor, of the first stage. */
  readonly width: number;
  /** Over groups of channels (the default), or over the batch. */
  readonly norm?: 'group' | 'batch';
  /** Of group normalisations; a divisor of `width`. Default 8. */
  readonly groups?: number;
  readonly stem?: Stem;
}

/** The first convolution, and the maximum after it where there is one; numbers per axis, or one for all. */
export interface Stem {
  readonly kernel: PerAxis;
  readonly strides: PerAxis;
  readonly pool?: { readonly window: PerAxis; readonly strides: PerAxis };
}

const publishedStem: Stem = { kernel: 7, strides: 2, pool: { window: 3, strides: 2 } };

/** A block's place in the network. */
interface Block {
  readonly name: string;
  readonly inputs: number;
  /** Channels inside. */
  readonly width: number;
  readonly outputs: number;
  readonly stride: number;
}

/** The channels of each stage's output, the first stage first. */
export function stageChannels({ block, blocks, width }: ResNetSizes): readonly number[] {
  return blocks.map((_, stage) => width * 2 ** stage * (block === 'basic' ? 1 : 4));
}

function stagesOf(name: string, sizes: ResNetSizes): readonly (readonly Block[])[] {
  const channels = stageChannels(sizes);
  return sizes.blocks.map((count, stage) =>
    Array.from({ length: count }, (_, i) => ({
      name: `${name}.stage${stage}.block${i}`,
      inputs: i > 0 ? channels[stage]! : stage > 0 ? channels[stage - 1]! : sizes.width, // as many as stages
      width: sizes.width * 2 ** stage,
      outputs: channels[stage]!,
      stride: i === 0 && stage > 0 ? 2 : 1,
    })),
  );
}

/** The parameters under `name`; `embedding` is the length of the result. */
export function resNetParameters(name: string, sizes: ResNetSizes, embedding: number): readonly Parameter[] {
  const { axes, channels = 1, width, norm, stem = publishedStem } = sizes;
  const last = stageChannels(sizes).at(-1) ?? width;
  return [
    ...convolutionParameters(`${name}.stem`, perAxis(stem.kernel, axes), channels, width, norm),
    ...stagesOf(name, sizes)
      .flat()
      .flatMap((block) => blockParameters(sizes, block)),
    { name: `${name}.head`, shape: [last, embedding], init: { kind: 'uniform', bound: 1 / Math.sqrt(last) } },
  ];
}

/** The block's convolutions in order: taps along an axis, inputs, outputs, stride. */
function convolutionsOf(
  kind: ResNetSizes['block'],
  block: Block,
): readonly (readonly [number, number, number, number])[] {
  const { inputs, width, outputs, stride } = block;
  if (kind === 'basic') return [[3, inputs, outputs, stride], [3, outputs, outputs, 1]]; // prettier-ignore
  return [[1, inputs, width, 1], [3, width, width, stride], [1, width, outputs, 1]]; // prettier-ignore
}

/** Whether the way around a block needs a convolution. */
const isReshaping = ({ inputs, outputs, stride }: Block): boolean => inputs !== outputs || stride !== 1;

function blockParameters({ axes, block: kind, norm }: ResNetSizes, block: Block): readonly Parameter[] {
  const { name, inputs, outputs } = block;
  const convolutions = convolutionsOf(kind, block).flatMap(([taps, from, to], i) =>
    convolutionParameters(`${name}.conv${i + 1}`, perAxis(taps, axes), from, to, norm),
  );
  const short = isReshaping(block)
    ? convolutionParameters(`${name}.short`, perAxis(1, axes), inputs, outputs, norm)
    : [];
  return [...convolutions, ...short];
}

/** `[B, ...extents]`, or with channels behind, to `[B, embedding]`, not normalised: the mean over places, then the head. */
export function encodeByResNet(
  weights: Weights,
  name: string,
  sizes: ResNetSizes,
  x: tf.Tensor,
  training?: TrainingPass,
): tf.Tensor2D {
  const y = resNetStages(weights, name, sizes, x, training).at(-1)!; // the stem's at least
  const places = Array.from({ length: sizes.axes }, (_, axis) => 1 + axis);
  return tf.matMul(tf.mean<tf.Tensor2D>(y, places), weight<tf.Rank.R2>(weights, `${name}.head`));
}

/** The outputs of the stem's convolution (before its pooling) and of each stage, `[B, ...extents, C]`, the finest first. */
export function resNetStages(
  weights: Weights,
  name: string,
  sizes: ResNetSizes,
  x: tf.Tensor,
  training?: TrainingPass,
): readonly tf.Tensor[] {
  const { axes, stem = publishedStem } = sizes;
  const image = x.shape.length === axes + 1 ? tf.expandDims(x, -1) : x;
  const first = tf.relu(convolved(weights, `${name}.stem`, sizes, image, stem.strides, training));
  let y = stem.pool === undefined ? first : largest(first, perAxis(stem.pool.window, axes), perAxis(stem.pool.strides, axes)); // prettier-ignore
  const stages = stagesOf(name, sizes).map((blocks) => {
    for (const block of blocks) y = residual(weights, sizes, block, y, training);
    return y;
  });
  return [first, ...stages];
}

/** ReLU(x + F(x)), x through a convolution of 1 where its shape changes. */
function residual(
  weights: Weights,
  sizes: ResNetSizes,
  block: Block,
  x: tf.Tensor,
  training: TrainingPass | undefined,
): tf.Tensor {
  const { name, stride } = block;
  let y = x;
  for (const [i, [, , , step]] of convolutionsOf(sizes.block, block).entries()) {
    y = convolved(weights, `${name}.conv${i + 1}`, sizes, i > 0 ? tf.relu(y) : y, step, training);
  }
  const around = isReshaping(block) ? convolved(weights, `${name}.short`, sizes, x, stride, training) : x;
  return tf.relu(tf.add(y, around));
}
