/** What a plan says about CLIP-IT. @module */
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import {
  commonSections,
  count,
  type Defaults,
  extentsOf,
  nonNegative,
  parseConfig,
  planFile,
  positive,
  share,
} from '../config.ts';

const schema = v.strictObject({
  ...commonSections,
  clipIt: v.strictObject({
    /** Names of the classes, as after `class:` among the labels. */
    classes: v.pipe(v.array(v.string()), v.minLength(2), v.maxLength(100)),
    /** λ of L_CE + λ L_KD; with 0 there is no text at all. */
    lambda: v.optional(nonNegative, 1),
    /** Whether the teacher's feature is data for the student. The released code lets the teacher move too. */
    frozenTeacher: v.optional(v.boolean(), true),
    /** Which report goes with a tile: the nearest, or, as controls, any or none. */
    pairing: v.optional(v.picklist(['nearest', 'random', 'none']), 'nearest'),
    /** The share of the rounds in which the teacher is fine-tuned. */
    teacherShare: v.optional(share, 0.15),
    /** Whether a tile is shown to the student in any of the eight ways to lay it; the images must be square. */
    turned: v.optional(v.boolean(), true),
    /** Rank and α of the factors; `ffa` keeps A as it began, so that the mean over sites is exact. */
    rank: v.optional(count, 8),
    alpha: v.optional(positive, 8),
    factors: v.optional(v.picklist(['ffa', 'both']), 'ffa'),
    /** Whether g, the late fusion, is averaged, or every site keeps its own: it then knows how frequent classes are there. */
    fusion: v.optional(v.picklist(['shared', 'local']), 'shared'),
  }),
  /** What every site has a copy of. Without a checkpoint the encoders begin from the seed. */
  files: v.optional(
    v.strictObject({
      /** The frozen CLIP: safetensors, `image.*` and `text.*` by our names. */
      checkpoint: v.optional(planFile),
      /** The reports: a JSON object with `report` on each line. */
      bank: v.optional(planFile),
    }),
    {},
  ),
});

const defaults: Defaults = {
  image: { size: 48, channels: 3 },
  text: { vocabulary: 'phantom-tiles-1', length: 28 },
};

export type ClipItConfig = ReturnType<typeof parseClipItConfig>;

/** The complete section. @throws UsageError (badPlan) naming what is wrong */
export function parseClipItConfig(input: unknown) {
  const config = parseConfig(schema, input, defaults);
  const { classes } = config.clipIt;
  if (new Set(classes).size !== classes.length) {
    throw new UsageError('badPlan', "the method's configuration: clipIt.classes: a class is named twice");
  }
  const [height, width, depth] = extentsOf(config.image);
  if (config.clipIt.turned && (height !== width || depth !== undefined)) {
    throw new UsageError('badPlan', "the method's configuration: clipIt.turned: only square images can be turned");
  }
  if (readsBank(config) && config.files.bank === undefined) {
    throw new UsageError(
      'badPlan',
      "the method's configuration: files.bank: a text bank is needed, unless clipIt.pairing is none",
    );
  }
  return config;
}

/** Whether training takes reports: not without pairs, nor where their features weigh nothing. */
export function readsBank({ clipIt }: Pick<ClipItConfig, 'clipIt'>): boolean {
  return clipIt.pairing !== 'none' && clipIt.lambda > 0;
}
