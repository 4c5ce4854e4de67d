/**
 * The batches of SEMISE: graded images in the first places, as many as there are and no more than planned, and others of
 * the site, graded or not, in the rest; of every image two views, augmented differently. B images, G graded places.
 *
 * @module
 */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import { augmentImage } from '../batches/augment.ts';
import { batchOf } from '../batches/order.ts';
import { imageSpecs } from '../batches/specs.ts';
import { imageValues, presentValues } from '../batches/values.ts';
import type { BatchSpecs, Sampler, SamplerWorld } from '../types.ts';
import { compared, pairsOfPlaces } from './comparisons.ts';
import type { SemiseConfig } from './config.ts';
import { gradedOf, type GradedPair } from './grades.ts';

/** Graded places: never more than a batch has. */
export function gradedPlaces({ semise, training }: SemiseConfig): number {
  return Math.min(semise.graded, training.batchSize);
}

/**
 * `image`: the first views and then the second ones; `present` `[B]`; `severity` `[G]`, -1 for a place without a
 * grade; `compared`, 1 for each pair of graded places that counts; `stage`, what the discrimination and the preference count at this step.
 */
export function semiseSpecs(config: SemiseConfig): BatchSpecs {
  const { batchSize } = config.training;
  const places = gradedPlaces(config);
  return {
    ...imageSpecs(config, 2 * batchSize),
    present: { shape: [batchSize], dtype: 'float32' },
    severity: { shape: [places], dtype: 'float32' },
    compared: { shape: [pairsOfPlaces(places).length], dtype: 'float32' },
    stage: { shape: [2], dtype: 'float32' },
  };
}

/** The batches of these pairs. @throws UsageError (noUsableRows) for fewer than two, (badFormat) for a wrong grade */
export function semiseSampler(
  config: SemiseConfig,
  pairs: readonly Pair[],
  { seed, totalSteps }: Pick<SamplerWorld, 'seed' | 'totalSteps'>,
): Promise<Sampler> {
  const { batchSize } = config.training;
  const graded = gradedOf(pairs, config.semise.grades);
  batchOf(0, pairs.length, batchSize, seed);
  return Promise.resolve({
    exampleCount: pairs.length,
    batch: (step) => {
      const first = gradedAt(graded, step, gradedPlaces(config), seed);
      const taken = new Set(first.map(({ pair }) => pair));
      const others = batchOf(step, pairs.length, batchSize, seed).map((at) => pairs[at]!); // of these pairs
      const rest = others.filter((pair) => !taken.has(pair)).slice(0, batchSize - first.length);
      return {
        ...viewsOf(config, [...first.map(({ pair }) => pair), ...rest], seed, step),
        ...comparisonsOf(config, first),
        stage: stageAt(config, step, totalSteps),
      };
    },
  });
}

/** The graded images of a step: an order of their own goes through all of them. */
function gradedAt(
  graded: readonly GradedPair<Pair>[],
  step: number,
  places: number,
  seed: number,
): readonly GradedPair<Pair>[] {
  if (graded.length < 2) return graded;
  return batchOf(step, graded.length, places, seed).map((at) => graded[at]!); // of these
}

function viewsOf(config: SemiseConfig, pairs: readonly Pair[], seed: number, step: number): HostValues {
  const { augmentation, image, training } = config;
  const random = randomFor(seed, 'augment', step);
  const empty = Array.from({ length: training.batchSize - pairs.length }, () => undefined);
  const views = [...pairs, ...empty, ...pairs];
  return {
    image: imageValues(config, 2 * training.batchSize, views, (pair, out, at) => {
      if (pair !== undefined) augmentImage(pair.image, image, augmentation, random, out, at);
    }),
    present: presentValues(training.batchSize, pairs.length),
  };
}

function comparisonsOf(config: SemiseConfig, graded: readonly GradedPair<Pair>[]): HostValues {
  const places = gradedPlaces(config);
  const severity = new Float32Array(places).fill(-1);
  severity.set(graded.map(({ grade }) => grade));
  const images = graded.map(({ pair, grade }) => ({ patientId: pair.patientId, severity: grade }));
  return { severity, compared: compared(images, places) };
}

/** First the discrimination, then the preference. */
function stageAt({ semise }: SemiseConfig, step: number, totalSteps: number): Float32Array {
  return step < semise.discriminationShare * totalSteps ? Float32Array.of(1, 0) : Float32Array.of(0, 1);
}
