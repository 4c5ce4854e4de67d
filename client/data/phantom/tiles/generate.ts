/**
 * The phantom of tiles: stained tissue of three grades with few labels at each site, and, in public, a bank of reports of
 * other tissue and an archive of tiles with reports. It shows that the machinery learns; it says nothing about patients.
 *
 * @module
 */
import { utf8 } from '#shared/util/bytes';
import { type Random, randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import type { Phantom, PhantomCase, PhantomImage, PhantomOptions, PublicFile } from '../types.ts';
import { classOf, tileClasses } from './classes.ts';
import { drawTile, tileSize } from './draw-tile.ts';
import { drawTissue } from './draw-tissue.ts';
import { archiveSlide, profileOf } from './profiles.ts';
import type { Slide, Tissue } from './types.ts';
import { writeReport } from './write-report.ts';

/** A tile with what was drawn in it. */
export interface TileCase extends PhantomCase {
  readonly tissue: Tissue;
}

/** Settings of the generator. */
export interface TileSettings {
  /** How much the scores show: the difficulty. */
  readonly gain: number;
}

const settings: TileSettings = { gain: 1 };

/** Labels are `class:NAME`; 400 test tiles a site unless asked for otherwise. */
export const tilePhantom: Phantom = {
  name: 'tiles',
  title: 'stained tissue of three grades, 48 x 48 in colour, with a public bank of reports',
  cases: (options) => tileCases(options),
  publicFiles: (seed) => [bankFile(seed)],
};

/** The tiles of a site, training first; every tile is a patient of its own. @throws UsageError (badArgument) */
export function tileCases(options: PhantomOptions, { gain }: TileSettings = settings): readonly TileCase[] {
  const { seed, site } = options;
  const { slide, frequencies, trainPairs } = profileOf(site);
  const one = (split: Split, number: number): TileCase => {
    const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
    const random = randomFor(seed, 'phantom', 'tiles', site, split, number);
    const tissue = drawTissue(frequencies, random);
    const image = imageOf(tissue, slide, gain, random);
    const labels = [`class:${classOf(tissue)}`];
    return { id, image, report: '', labels, tissue, site, patientId: `patient-${id}`, split };
  };
  const several = (split: Split, count: number): readonly TileCase[] =>
    Array.from({ length: count }, (_, i) => one(split, i + 1));
  return [...several('train', options.trainPairs ?? trainPairs), ...several('test', options.testPairs ?? 400)];
}

/** Tiles with reports of their own, of no site and in no site's stain: what a CLIP may learn from in public. */
export const tileArchive: Phantom = {
  name: 'tile-archive',
  title: 'a public archive of stained tissue with reports',
  cases: ({ seed, trainPairs = 2000 }) => Array.from({ length: trainPairs }, (_, i) => archiveCase(seed, i + 1)),
};

function archiveCase(seed: number, number: number): TileCase {
  const random = randomFor(seed, 'phantom', 'tiles', 'archive', number);
  const tissue = publicTissue(random);
  const report = writeReport(tissue, random);
  const image = imageOf(tissue, archiveSlide(random), settings.gain, random);
  const id = `archive-${String(number)}`;
  return { id, image, report, labels: [], tissue, site: 'archive', patientId: id, split: 'train' };
}

/** Reports of a bank. */
const bankSize = 600;

/** The reports of the bank: of tissue that no tile shows. */
export function tileBank(seed: number): readonly string[] {
  return Array.from({ length: bankSize }, (_, i) => {
    const random = randomFor(seed, 'phantom', 'tiles', 'bank', i + 1);
    return writeReport(publicTissue(random), random);
  });
}

function bankFile(seed: number): PublicFile {
  const lines = tileBank(seed).map((report, i) => JSON.stringify({ id: `report-${String(i + 1)}`, report }));
  return { name: 'reports.jsonl', bytes: utf8(`${lines.join('\n')}\n`) };
}

function publicTissue(random: Random): Tissue {
  return drawTissue(
    tileClasses.map(() => 1),
    random,
  );
}

function imageOf(tissue: Tissue, slide: Slide, gain: number, random: Random): PhantomImage {
  return { size: [tileSize, tileSize], channels: 3, values: drawTile(tissue, slide, gain, random) };
}
