/** MCR's section of a plan. @module */
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import {
  commonSections,
  count,
  nonNegative,
  parseConfig,
  positive,
  pretrainedSection,
  type Defaults,
} from '../config.ts';

const maskRatio = v.pipe(v.number(), v.minValue(0), v.maxValue(0.95));

const mcrSchema = v.strictObject({
  /** Share of an image's patches that the encoder does not see in training. */
  imageMask: v.optional(maskRatio, 0.5),
  /** Share of a report's tokens, whole words. */
  textMask: v.optional(maskRatio, 0.25),
  /** Of the masked image loss, and of the masked report loss; with 0 there is no such decoder. */
  lambda1: v.optional(nonNegative, 1),
  lambda2: v.optional(nonNegative, 1),
  /** τ, fixed. */
  temperature: v.optional(positive, 0.07),
  /** Whether the decoders stay at their site or are averaged as the encoders are. */
  decoders: v.optional(v.picklist(['local', 'shared']), 'local'),
  /** Whether each decoder also reads what is visible of the other modality. */
  crossDecoders: v.optional(v.boolean(), false),
  /** `dual` is the control: an unmasked pass for the contrast and a masked one for the reconstructions. */
  input: v.optional(v.picklist(['masked', 'dual']), 'masked'),
  /** `poolFirst` is the control: the same map after the mean over tokens. */
  pooling: v.optional(v.picklist(['mapFirst', 'poolFirst']), 'mapFirst'),
  /** Of the transformer that fills in patches. */
  decoder: v.optional(
    v.strictObject({ dim: v.optional(count, 32), blocks: v.optional(count, 1), heads: v.optional(count, 2) }),
    {},
  ),
});

const schema = v.strictObject({
  ...commonSections,
  mcr: v.optional(mcrSchema, {}),
  pretrained: v.optional(pretrainedSection),
});

/** Nearly all reports of the phantom `wide` fit into the tokens. */
const defaults: Defaults = { text: { vocabulary: 'phantom-wide-1', length: 40 } };

/** The complete configuration. @throws UsageError (badPlan) naming what is wrong */
export function parseMcrConfig(input: unknown): McrConfig {
  const config = parseConfig(schema, input, defaults);
  const { decoder } = config.mcr;
  if (config.image.encoder !== 'vit') {
    throw new UsageError('badPlan', "the method's configuration: image.encoder: mcr hides patches, which only vit has");
  }
  if (decoder.dim % decoder.heads !== 0) {
    throw new UsageError('badPlan', "the method's configuration: mcr.decoder.heads: dim is not a multiple of it");
  }
  return config;
}

/** The common sections and MCR's own. */
export type McrConfig = ReturnType<typeof parseConfig<v.InferOutput<typeof schema>>>;
