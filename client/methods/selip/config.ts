/** SeLIP's section of a plan. @module */
import * as v from 'valibot';
import {
  commonSections,
  type Defaults,
  nonNegative,
  parseConfig,
  planFile,
  positive,
  pretrainedSection,
} from '../config.ts';
import { codeBookNames } from './code-books.ts';
import { selipScale } from './loss.ts';

const selipSchema = v.strictObject({
  /** The book that reports are read by. */
  codeBook: v.optional(v.picklist(codeBookNames), 'head-mri-en-1'),
  /** Another book, as a JSON file that every site has; it takes the place of the named one. */
  codeBookFile: v.optional(planFile),
  /** Of the contrast with the pair's own text, and of the divergence from the soft targets. Without the latter it is the control. */
  alignWeight: v.optional(nonNegative, 1),
  klWeight: v.optional(nonNegative, 1),
  /** Of the divergence: T by the sums of S or by its softmax, both directions or one, with or without the pair's own text. */
  target: v.optional(v.picklist(['linear', 'softmax']), 'linear'),
  klSymmetric: v.optional(v.boolean(), false),
  positives: v.optional(v.boolean(), true),
  /** 1 / τ, and whether the optimiser moves it; it does not in the released code. */
  scale: v.optional(positive, selipScale),
  trainedScale: v.optional(v.boolean(), false),
  /** The learning rate of the text encoder over that of the image encoder. */
  textRate: v.optional(positive, 0.5),
  /** What the text encoder reads: the report's lines in codes, or the report as it is written (a control). */
  texts: v.optional(v.picklist(['lines', 'reports']), 'lines'),
  /** Whether a batch holds pairwise different texts (without: a control). */
  distinctTexts: v.optional(v.boolean(), true),
});

const schema = v.strictObject({
  ...commonSections,
  selip: v.optional(selipSchema, {}),
  pretrained: v.optional(pretrainedSection),
});

/** Volumes of the head phantom, and its words. */
const defaults: Defaults = {
  image: { size: [8, 32, 32], patch: [4, 8, 8] },
  text: { vocabulary: 'phantom-head-1', length: 28 },
};

/** The complete configuration. @throws UsageError (badPlan) naming what is wrong */
export function parseSelipConfig(input: unknown): SelipConfig {
  return parseConfig(schema, input, defaults);
}

/** The common sections and SeLIP's own. */
export type SelipConfig = ReturnType<typeof parseConfig<v.InferOutput<typeof schema>>>;
