/**
 * The batches of a site: its labelled tiles, augmented, and the reports that they were paired with once, before training,
 * by the frozen model and without their labels.
 *
 * @module
 */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import { UsageError } from '#shared/errors';
import { augmentImage } from '../batches/augment.ts';
import { batchOf } from '../batches/order.ts';
import { imageValues, presentValues, textValues } from '../batches/values.ts';
import { outputNamed } from '../outputs.ts';
import type { Sampler, SamplerWorld } from '../types.ts';
import { extentsOf } from '../config.ts';
import { type ClipItConfig, readsBank } from './config.ts';
import { decodeBank } from './files.ts';
import { type Labelled, labelled } from './labels.ts';
import { pairWithReports } from './pairing.ts';
import { teacherSteps } from './stages.ts';
import { laid } from './turns.ts';

/**
 * The batches of these pairs. Which report goes with which tile stays inside.
 *
 * @throws UsageError (noUsableRows) if fewer than two have a class; (badFormat) about labels; (noSuchFile, badFormat)
 * about the bank
 */
export async function clipItSampler(
  config: ClipItConfig,
  pairs: readonly Pair[],
  world: SamplerWorld,
): Promise<Sampler> {
  const tiles = labelled(pairs, config.clipIt.classes);
  if (tiles.length < 2) {
    throw new UsageError('noUsableRows', `this site has ${tiles.length} images with a label class:NAME: 2 are needed`);
  }
  const images = tiles.map(({ pair }) => ({ image: pair.image }));
  const textInputs = readsBank(config) ? await textInputsOf(config, images, world) : (): HostValues => ({});
  const { batchSize } = config.training;
  return {
    exampleCount: tiles.length,
    batch: (step) => {
      const chosen = batchOf(step, tiles.length, batchSize, world.seed);
      const shown = chosen.map((i) => tiles[i]!); // of these tiles
      return {
        ...tileValues(config, shown, world.seed, step),
        ...textInputs(chosen, step),
      };
    },
  };
}

/** The reports of the chosen images at a step. */
type TextInputs = (chosen: readonly number[], step: number) => HostValues;

async function textInputsOf(
  config: ClipItConfig,
  images: readonly Pick<Pair, 'image'>[],
  world: SamplerWorld,
): Promise<TextInputs> {
  const until = teacherSteps(config, world.totalSteps);
  const reports = await pairedReports(config, images, world);
  return (chosen, step) => {
    const own = chosen.map((i) => reports[i]!); // one for each image
    const teaching = Float32Array.of(Number(step < until));
    return { ...textValues(config, config.training.batchSize, own), teaching };
  };
}

/** A report for each image. There are no labels among the arguments. */
async function pairedReports(
  { clipIt, files }: ClipItConfig,
  images: readonly Pick<Pair, 'image'>[],
  world: SamplerWorld,
): Promise<readonly string[]> {
  const bank = decodeBank(await world.files.read(files.bank!)); // a configuration without one has no text
  if (clipIt.pairing === 'random') {
    const random = randomFor(world.seed, 'randomPairing');
    return images.map(() => bank[random.integer(bank.length)]!);
  }
  const seen = outputNamed(await world.beginning.images(images), 'vision');
  const said = outputNamed(await world.beginning.texts(bank), 'embedding');
  return pairWithReports(seen, said).map((at) => bank[at]!); // indices of the bank
}

function tileValues(config: ClipItConfig, tiles: readonly Labelled[], seed: number, step: number): HostValues {
  const { augmentation, clipIt, image, training } = config;
  const random = randomFor(seed, 'augment', step);
  const [size = 0] = extentsOf(image);
  const labels = new Int32Array(training.batchSize);
  labels.set(tiles.map(({ index }) => index));
  return {
    image: imageValues(config, training.batchSize, tiles, ({ pair }, out, at) => {
      const way = clipIt.turned ? random.integer(8) : 0;
      augmentImage(laid(pair.image, size, image.channels, way), image, augmentation, random, out, at);
    }),
    labels,
    present: presentValues(training.batchSize, tiles.length),
  };
}
