/** What a plan may say of SEMISE. @module */
import * as v from 'valibot';
import {
  commonSections,
  count,
  type Defaults,
  nonNegative,
  parseConfig,
  positive,
  pretrainedImages,
  share,
} from '../config.ts';
import { semiseAlpha, semiseMargin, semiseTemperature } from './loss.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

const schema = v.strictObject({
  ...commonSections,
  semise: v.optional(
    v.strictObject({
      /** `supervised` is the control: cross-entropy on the graded images and nothing else. */
      objective: v.optional(v.picklist(['severity', 'supervised']), 'severity'),
      /** What NT-Xent counts; the comparisons count 1 - alpha. 1 is NT-Xent alone. */
      alpha: v.optional(share, semiseAlpha),
      margin: v.optional(positive, semiseMargin),
      temperature: v.optional(positive, semiseTemperature),
      /** Multiplies the difference of two distances in the preference. */
      scale: v.optional(positive, 4),
      /** Of the run's steps, from the first: healthy-anomaly discrimination; the others have the preference. */
      discriminationShare: v.optional(share, 0.3),
      /** Graded images in a batch, where the site has so many; all pairs of them are compared. */
      graded: v.optional(v.pipe(count, v.minValue(2), v.maxValue(64)), 16),
      /** Whether the preference also moves the healthy images that the reference stands for. */
      referenceGradient: v.optional(v.boolean(), true),
      /** Healthy patients below which a site adds nothing to the prototype. */
      patientFloor: v.optional(count, 5),
      /** Grades up to this one are healthy. */
      healthyUpTo: v.optional(whole, 0),
      /** Grades are 0 to one less than this. */
      grades: v.optional(v.pipe(count, v.minValue(2), v.maxValue(100)), 5),
      /** Features inside the projector of NT-Xent. */
      projector: v.optional(count, 64),
      /** Of the linear probe, per example: how much large coefficients cost. */
      probePenalty: v.optional(nonNegative, 0.01),
    }),
    {},
  ),
  pretrained: v.optional(pretrainedImages),
});

/** A residual network, whose stages a segmentation can start from. */
const defaults: Defaults = {
  image: { encoder: 'resnet', resnet: { width: 16, blocks: [1, 1, 1], kernel: 7, strides: 4 } },
  augmentation: { shift: 3, contrast: 0.1, brightness: 0.1, noise: 0.15 },
};

/** The configuration of SEMISE, complete. @throws UsageError (badPlan) */
export function semiseConfig(input: unknown) {
  return parseConfig(schema, input, defaults);
}

export type SemiseConfig = ReturnType<typeof semiseConfig>;
export type SemiseSection = SemiseConfig['semise'];
