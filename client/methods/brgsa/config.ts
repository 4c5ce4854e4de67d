/** BrgSA's section of a plan. @module */
import * as v from 'valibot';
import { kindsOf } from '#client/data/phantom/chest/kinds';
import {
  commonSections,
  count,
  type Defaults,
  nonNegative,
  parseConfig,
  positive,
  pretrainedSection,
} from '../config.ts';

const names = v.array(v.pipe(v.string(), v.minLength(1)));

const brgsaSchema = v.strictObject({
  /** Rows of the bank; 0 for none: with a trained scale that is CLIP on the same statements, the control. */
  bankRows: v.optional(v.union([v.literal(0), count]), 64),
  /**
   * What v and t are the encoders' outputs times. Encoders that begin from the seed give components of 0.1 to 0.2: of
   * vectors so short every row has the same weight, and the bank tells nothing apart.
   */
  gain: v.optional(positive, 16),
  /** 1 / τ. */
  scale: v.optional(positive, 10),
  /** Whether the scale is fixed, as published, or where it begins, as in CLIP. */
  trainedScale: v.optional(v.boolean(), false),
  /** α, β and γ: of L_MSE, L_INFO and L_INFO-R. */
  losses: v.optional(
    v.strictObject({
      mse: v.optional(nonNegative, 0.5),
      info: v.optional(nonNegative, 1),
      infoR: v.optional(nonNegative, 1),
    }),
    {},
  ),
  /** At most so many statements of a report make a training text. */
  statements: v.optional(count, 5),
  /** The outputs of so many of the text encoder's last blocks are added up, as far as there are so many. */
  textLayers: v.optional(count, 4),
  /** What a prompt is compared with: the image and what it reads from the bank, or one of them. */
  score: v.optional(v.picklist(['both', 'image', 'read']), 'both'),
  /** A row that fewer of a site's patients use is not sent. */
  patientFloor: v.optional(count, 5),
  /** The classes that a report asks for, by their labels; those of CT-RATE and CT-RATE-LT unless told otherwise. */
  findings: v.optional(
    v.strictObject({
      common: v.optional(names, [...kindsOf('common')]),
      rare: v.optional(names, [...kindsOf('rare')]),
    }),
    {},
  ),
});

const schema = v.strictObject({
  ...commonSections,
  brgsa: v.optional(brgsaSchema, {}),
  pretrained: v.optional(pretrainedSection),
});

/**
 * Small chest volumes and their reports. No noise, which for every voxel takes longer than the step, and no shift: one
 * voxel is a large part of so small a chest.
 */
const defaults: Defaults = {
  image: { size: [16, 32, 32], patch: [8, 8, 8] },
  text: { vocabulary: 'phantom-chest-1', length: 48 },
  augmentation: { shift: 0, noise: 0 },
};

/** The complete configuration. @throws UsageError (badPlan) naming what is wrong */
export function parseBrgsaConfig(input: unknown): BrgsaConfig {
  return parseConfig(schema, input, defaults);
}

/** The common sections and BrgSA's own. */
export type BrgsaConfig = ReturnType<typeof parseConfig<v.InferOutput<typeof schema>>>;
