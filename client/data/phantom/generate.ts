/**
 * The phantom: radiograph-like images and reports that truly describe them, from a seed. It shows that the machinery
 * learns; it says nothing about patients.
 *
 * @module
 */
import { InvariantError } from '#shared/errors';
import { standardised } from '../grey-image.ts';
import { randomFor } from '../random.ts';
import type { Pair, Split } from '../types.ts';
import { drawCase } from './draw-case.ts';
import { drawImage } from './draw-image.ts';
import { profileOf } from './profiles.ts';
import type { Finding } from './types.ts';
import { writeReport } from './write-report.ts';

/** What to generate: one site's data. */
export interface PhantomOptions {
  readonly seed: number;
  /** north, south, west, or one of these with a number from 2 on: `north-2`. */
  readonly site: string;
  /** Default: 100, 85 and 70 for north, south and west. */
  readonly trainPairs?: number;
  /** Default 400. */
  readonly testPairs?: number;
}

/** One generated case. */
export interface PhantomCase {
  readonly id: string;
  /** 64 x 64 grey bytes. */
  readonly pixels: Uint8Array;
  readonly report: string;
  /** What was drawn, as `kind:severity:side:zone`. */
  readonly labels: readonly string[];
  readonly findings: readonly Finding[];
  readonly site: string;
  readonly patientId: string;
  readonly split: Split;
}

/**
 * The cases of a site, training first. Each depends on the seed, the site, its split and its number alone, so a longer
 * set begins with the shorter one. Every case is a patient of its own.
 *
 * @throws UsageError (badArgument) if there is no such site
 */
export function phantomCases(options: PhantomOptions): readonly PhantomCase[] {
  const { trainPairs = profileOf(options.site).trainPairs, testPairs = 400 } = options;
  const cases = (split: Split, count: number): readonly PhantomCase[] =>
    Array.from({ length: count }, (_, i) => phantomCase(options, split, i + 1));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

/** The same as training and evaluation take it, without a detour over files. */
export function generatePhantom(options: PhantomOptions): readonly Pair[] {
  return phantomCases(options).map(({ id, pixels, report, labels, site, patientId, split }) => {
    const image = standardised(new Uint16Array(pixels).map((value) => 257 * value)); // as a file of 8 bits is read
    if (image === undefined) throw new InvariantError('unreachable', `the phantom image ${id} is flat`);
    return { id, report, labels, site, patientId, split, image };
  });
}

function phantomCase({ seed, site }: PhantomOptions, split: Split, number: number): PhantomCase {
  const { scanner, style, ...profile } = profileOf(site);
  const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
  const random = randomFor(seed, 'phantom', site, split, number);
  const findings = drawCase({ scanner, style, ...profile }, random);
  const report = writeReport(findings, style, random);
  const pixels = drawImage(findings, scanner, random);
  return { id, pixels, report, labels: findings.map(labelOf), findings, site, patientId: `patient-${id}`, split };
}

function labelOf({ kind, severity, side, zone }: Finding): string {
  return [kind, severity, side, zone].filter((part) => part !== undefined).join(':');
}
