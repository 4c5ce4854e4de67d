/**
 * The phantom for masked training: chest radiographs whose findings span many patches and are said twice in the report, so
 * that half of an image and three quarters of a report still tell what is there. The chest, its scanners and the three
 * hospitals are those of the phantom `radiograph`.
 *
 * @module
 */
import { randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import { drawAnatomy } from '../radiograph/anatomy.ts';
import { drawChest } from '../radiograph/draw-image.ts';
import { size } from '../radiograph/field.ts';
import { profileOf } from '../radiograph/profiles.ts';
import type { Phantom, PhantomCase, PhantomOptions } from '../types.ts';
import { drawCase } from './draw-case.ts';
import { heartFactor, layerOf } from './findings.ts';
import type { Finding } from './types.ts';
import { writeReport } from './write-report.ts';

/** How clearly findings show in the phantom of this name. */
const usualGain = 1;

/** Labels are `kind:severity:side:half` of what was drawn. 400 test pairs unless asked for otherwise. */
export const widePhantom: Phantom = {
  name: 'wide',
  title: 'chest radiographs with findings that span many patches and are said twice, 64 x 64',
  cases: (options) => wideCases(options),
};

/** A case with what was drawn in it. */
export interface WideCase extends PhantomCase {
  readonly findings: readonly Finding[];
}

/**
 * The cases of a site, training first; every case is a patient of its own. `gain` is the difficulty: how clearly findings
 * show, 0 for not at all.
 *
 * @throws UsageError (badArgument)
 */
export function wideCases(options: PhantomOptions, gain = usualGain): readonly WideCase[] {
  const { trainPairs = profileOf(options.site).trainPairs, testPairs = 400 } = options;
  const cases = (split: Split, count: number): readonly WideCase[] =>
    Array.from({ length: count }, (_, i) => wideCase(options, gain, split, i + 1));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

function wideCase({ seed, site }: PhantomOptions, gain: number, split: Split, number: number): WideCase {
  const { scanner, style } = profileOf(site);
  const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
  const random = randomFor(seed, 'phantom-wide', site, split, number);
  const findings = drawCase(site, random);
  const report = writeReport(findings, style, random);
  const anatomy = drawAnatomy(random);
  const layers = findings.flatMap((finding) => layerOf(finding, anatomy, gain, random) ?? []);
  const values = drawChest(anatomy, heartFactor(findings, gain), layers, scanner, random);
  const image = { size: [size, size], channels: 1 as const, values };
  return { id, image, report, labels: findings.map(labelOf), findings, site, patientId: `patient-${id}`, split };
}

function labelOf({ kind, severity, side, half }: Finding): string {
  return [kind, severity, side, half].filter((part) => part !== undefined).join(':');
}
