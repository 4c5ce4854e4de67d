/**
 * What a plan says about a method: plain data, checked and completed here. Every site reads the same section and
 * compiles the same program from it; what is a site's own (its data, threads, random seed for batches) is not in it.
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import { vocabularyNamed } from '#client/text/vocabularies';

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.finite(), v.minValue(1e-12));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));

const transformer = { dim: v.optional(count, 64), heads: v.optional(count, 4) };

const imageSchema = v.strictObject({
  /** Pixels along one side, after reading. */
  size: v.optional(count, 64),
  patch: v.optional(count, 8),
  blocks: v.optional(count, 2),
  ...transformer,
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
  warmupSteps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 30),
  /** What the cosine ends at, as a share of the learning rate. */
  finalShare: v.optional(share, 0.02),
  beta1: v.optional(share, 0.9),
  beta2: v.optional(share, 0.98),
  weightDecay: v.optional(nonNegative, 0.05),
  /** Greatest L2 norm of a gradient. */
  gradientNorm: v.optional(positive, 1),
});

const augmentationSchema = v.strictObject({
  /** Greatest shift, in pixels, along each axis. */
  shift: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)), 1),
  /** Standard deviations; an image has standard deviation 1. */
  contrast: v.optional(nonNegative, 0.05),
  brightness: v.optional(nonNegative, 0.05),
  noise: v.optional(nonNegative, 0.05),
  /** Whether the sentences of a report come in random order. */
  shuffleSentences: v.optional(v.boolean(), false),
});

const configSchema = v.strictObject({
  /** Of the initial weights. */
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  embedding: v.optional(count, 64),
  image: v.optional(imageSchema, {}),
  text: v.optional(textSchema, {}),
  training: v.optional(trainingSchema, {}),
  augmentation: v.optional(augmentationSchema, {}),
});

/** A method's section of a plan as a person may write it: what is left out has a default. */
export type MethodConfigInput = v.InferInput<typeof configSchema>;

type Parsed = v.InferOutput<typeof configSchema>;

/** The same, complete. Plain JSON data. */
export interface MethodConfig extends Parsed {
  readonly text: Parsed['text'] & { readonly vocabularyHash: string };
}

export type TrainingConfig = MethodConfig['training'];
export type AugmentationConfig = MethodConfig['augmentation'];

/**
 * The complete configuration.
 *
 * @throws UsageError (badPlan) naming every problem at once
 */
export function parseMethodConfig(input: unknown): MethodConfig {
  const parsed = v.safeParse(configSchema, input);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'method'}: ${issue.message}`);
    throw new UsageError('badPlan', `the method's configuration: ${problems.join('; ')}`);
  }
  const config = parsed.output;
  const vocabulary = vocabularyNamed(config.text.vocabulary);
  const { vocabularyHash = vocabulary.hash } = config.text;
  const problems = [
    ...(vocabularyHash === vocabulary.hash
      ? []
      : [`text.vocabularyHash: ${vocabulary.name} has ${vocabulary.hash} here`]),
    ...(config.image.size % config.image.patch === 0 ? [] : ['image.patch: the size is not a multiple of it']),
    ...(config.image.dim % config.image.heads === 0 ? [] : ['image.heads: dim is not a multiple of it']),
    ...(config.text.dim % config.text.heads === 0 ? [] : ['text.heads: dim is not a multiple of it']),
  ];
  if (problems.length > 0) throw new UsageError('badPlan', `the method's configuration: ${problems.join('; ')}`);
  return { ...config, text: { ...config.text, vocabularyHash } };
}
