/**
 * What a plan says about a method: plain data, checked and completed here. Every site reads the same section and
 * compiles the same program from it; what is a site's own (its data, threads, random seed for batches) is not in it.
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import { vocabularyNamed } from '#client/text/vocabularies';

/** Kinds of numbers that sections are made of. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const positive = v.pipe(v.number(), v.finite(), v.minValue(1e-12));
export const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Numbers per axis: `[height, width]` or `[depth, height, width]`; one number for a square image. */
const perAxis = v.union([count, v.pipe(v.array(count), v.minLength(2), v.maxLength(3))]);

const transformer = { dim: v.optional(count, 64), heads: v.optional(count, 4) };

const imageSchema = v.strictObject({
  /** Pixels along each axis, after reading. */
  size: v.optional(perAxis, 64),
  channels: v.optional(v.picklist([1, 3]), 1),
  /** A vision transformer (patch, blocks, dim, heads) or a residual network (`resnet`). */
  encoder: v.optional(v.picklist(['vit', 'resnet']), 'vit'),
  patch: v.optional(perAxis, 8),
  blocks: v.optional(count, 2),
  ...transformer,
  resnet: v.optional(
    v.strictObject({
      block: v.optional(v.picklist(['basic', 'bottleneck']), 'basic'),
      /** Of each stage. */
      blocks: v.optional(v.pipe(v.array(count), v.minLength(1), v.maxLength(6)), [1, 1, 1]),
      /** Channels of the first stage. */
      width: v.optional(count, 16),
      /** Over groups of an image's channels, or over the batch: then what is learnt of it stays at the site. */
      norm: v.optional(v.picklist(['group', 'batch']), 'group'),
      groups: v.optional(count, 8),
      kernel: v.optional(perAxis, 3),
      strides: v.optional(perAxis, 2),
    }),
    {},
  ),
});

const textSchema = v.strictObject({
  vocabulary: v.optional(v.string(), 'phantom-1'),
  /** Hex; that of the named vocabulary where left out. */
  vocabularyHash: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  /** Tokens, the class token included; what is longer is cut. */
  length: v.optional(count, 44),
  blocks: v.optional(count, 1),
  ...transformer,
});

const trainingSchema = v.strictObject({
  /** Steps of the optimiser in a round. */
  localSteps: v.optional(count, 16),
  batchSize: v.optional(v.pipe(count, v.minValue(2)), 32),
  learningRate: v.optional(positive, 2e-3),
  /** The schedule is over the run's steps, not over a round's. */
  warmupSteps: v.optional(whole, 30),
  /** What follows the warm-up: a cosine, or (1 - progress)^power. */
  decay: v.optional(v.picklist(['cosine', 'polynomial']), 'cosine'),
  power: v.optional(positive, 0.9),
  /** What the decay ends at, as a share of the learning rate. */
  finalShare: v.optional(share, 0.02),
  beta1: v.optional(share, 0.9),
  beta2: v.optional(share, 0.98),
  /** What is added to the root of the second moment. */
  adamEps: v.optional(positive, 1e-8),
  weightDecay: v.optional(nonNegative, 0.05),
  /** Greatest L2 norm of a gradient. */
  gradientNorm: v.optional(positive, 1),
});

const augmentationSchema = v.strictObject({
  /** Greatest shift, in pixels, along each axis. */
  shift: v.optional(v.pipe(whole, v.maxValue(64)), 1),
  /** Standard deviations; an image has standard deviation 1. */
  contrast: v.optional(nonNegative, 0.05),
  brightness: v.optional(nonNegative, 0.05),
  noise: v.optional(nonNegative, 0.05),
  /** Whether the sentences of a report come in random order. */
  shuffleSentences: v.optional(v.boolean(), false),
});

/** The sections that every method has; a method's own stands beside them under its name. */
export const commonSections = {
  /** Of the initial weights. */
  seed: v.optional(whole, 1),
  embedding: v.optional(count, 64),
  image: v.optional(imageSchema, {}),
  text: v.optional(textSchema, {}),
  training: v.optional(trainingSchema, {}),
  augmentation: v.optional(augmentationSchema, {}),
};

/** A file that a plan names: every site has its own copy, and it is the same file. */
export const planFile = v.strictObject({
  /** In the site's folder of files. */
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)),
  /** Hex. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
export type PlanFile = v.InferOutput<typeof planFile>;

/**
 * Published checkpoints (safetensors) that the encoders begin from, for methods that have this section: `pretrained`. A
 * checkpoint also decides what kind its encoder is, beyond the sizes.
 */
export const pretrainedSection = v.strictObject({
  /** A vision transformer with the names of timm. */
  image: v.optional(v.strictObject({ ...planFile.entries, layout: v.literal('vit-timm') })),
  /** A text transformer with the names of BERT, and its `vocab.txt`. */
  text: v.optional(v.strictObject({ ...planFile.entries, layout: v.literal('bert'), vocabulary: planFile })),
});
/** The same of methods that read no texts. */
export const pretrainedImages = v.pick(pretrainedSection, ['image']);
export type Pretrained = v.InferOutput<typeof pretrainedSection>;

const commonSchema = v.strictObject(commonSections);
type Parsed = v.InferOutput<typeof commonSchema>;

/** The common sections, complete. Plain JSON data. */
export interface MethodConfig extends Parsed {
  readonly text: Parsed['text'] & { readonly vocabularyHash: string };
}

export type ImageConfig = MethodConfig['image'];
export type TrainingConfig = MethodConfig['training'];
export type AugmentationConfig = MethodConfig['augmentation'];

/** Plain data in groups: the defaults of a method that differ from everybody's. */
export interface Defaults {
  readonly [name: string]: string | number | boolean | readonly number[] | readonly string[] | Defaults;
}

/**
 * The complete configuration of a method with this schema, which has `commonSections` and may have a section of its own.
 * `defaults` stand where the input says nothing.
 *
 * @throws UsageError (badPlan) naming every problem at once
 */
export function parseConfig<Own extends Parsed>(
  schema: v.GenericSchema<unknown, Own>,
  input: unknown,
  defaults: Defaults = {},
): Own & MethodConfig {
  const parsed = v.safeParse(schema, overlaid(defaults, input));
  if (!parsed.success) {
    throw badPlan(parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'method'}: ${issue.message}`));
  }
  const config = parsed.output;
  const vocabulary = vocabularyNamed(config.text.vocabulary);
  const { vocabularyHash = vocabulary.hash } = config.text;
  const problems = [
    ...(vocabularyHash === vocabulary.hash
      ? []
      : [`text.vocabularyHash: ${vocabulary.name} has ${vocabulary.hash} here`]),
    ...imageProblems(config.image),
    ...(config.text.dim % config.text.heads === 0 ? [] : ['text.heads: dim is not a multiple of it']),
  ];
  if (problems.length > 0) throw badPlan(problems);
  return { ...config, text: { ...config.text, vocabularyHash } };
}

/** The common sections alone. @throws UsageError (badPlan) */
export function parseMethodConfig(input: unknown, defaults?: Defaults): MethodConfig {
  return parseConfig(commonSchema, input, defaults);
}

/** Pixels along each axis. */
export function extentsOf({ size }: Pick<ImageConfig, 'size'>): readonly number[] {
  return typeof size === 'number' ? [size, size] : size;
}

function imageProblems(image: ImageConfig): readonly string[] {
  const { encoder, patch, dim, heads, resnet } = image;
  const extents = extentsOf(image);
  if (extents.length === 3 && image.channels !== 1) return ['image.channels: a volume has one'];
  if (encoder === 'resnet') {
    return resnet.norm === 'batch' || resnet.width % resnet.groups === 0
      ? []
      : ['image.resnet.groups: width is not a multiple of it'];
  }
  const patches = typeof patch === 'number' ? extents.map(() => patch) : patch;
  const tiles =
    patches.length === extents.length && extents.every((extent, axis) => Number.isInteger(extent / patches[axis]!));
  return [
    ...(tiles ? [] : ['image.patch: the size is not a multiple of it']),
    ...(dim % heads === 0 ? [] : ['image.heads: dim is not a multiple of it']),
  ];
}

/** The input over the defaults, group by group. What is not plain data is left for the schema to name. */
function overlaid(defaults: Defaults, input: unknown): unknown {
  if (input === undefined) return defaults;
  if (!isGroup(input)) return input;
  const kept = Object.entries(defaults).map(([name, value]) => {
    const given = input[name];
    return [name, isGroup(value) ? overlaid(value, given) : (given ?? value)]; // a group of defaults
  });
  return { ...input, ...Object.fromEntries(kept) };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badPlan(problems: readonly string[]): UsageError {
  return new UsageError('badPlan', `the method's configuration: ${problems.join('; ')}`);
}
