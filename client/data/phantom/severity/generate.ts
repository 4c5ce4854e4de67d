/**
 * The phantom of graded severity: radiographs of lungs with pneumonia, grade 0 (healthy) to 4, of which few are graded.
 * Images alone, without reports. It shows that the machinery learns; it says nothing about patients.
 *
 * @module
 */
import { type Random, randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import { drawAnatomy } from '../radiograph/anatomy.ts';
import { drawCase } from '../radiograph/draw-case.ts';
import { drawChest } from '../radiograph/draw-image.ts';
import { size } from '../radiograph/field.ts';
import { heartFactor, type Layer, layerOf } from '../radiograph/findings.ts';
import { profileOf } from '../radiograph/profiles.ts';
import type { Finding, SiteProfile } from '../radiograph/types.ts';
import { type Style, styleOf } from '../sites.ts';
import type { Phantom, PhantomCase, PhantomOptions } from '../types.ts';
import { drawInvolvement, lesionOf } from './involvement.ts';

/** How hard the task is. */
export interface SeverityDifficulty {
  /** How clearly the pneumonia shows. Default 1. */
  readonly gain?: number;
  /** Whether images show other findings too, which say nothing of the grade. Default false. */
  readonly distractors?: boolean;
  /** The share of training images that are graded. Default 0.05. */
  readonly gradedShare?: number;
}

/** A case with what was drawn in it. */
export interface SeverityCase extends PhantomCase {
  /** 0 to 4; in `labels`, as `severity:3`, only where somebody graded it. */
  readonly grade: number;
  /** What was drawn of a grade: it differs from patient to patient, so that even a perfect reader errs. */
  readonly extent: number;
  /** 1 where the lesion is, row by row. */
  readonly lesion: Uint8Array;
}

/** How the hospitals differ beside their scanners. */
interface Population {
  /** Share of grades 0 to 4. */
  readonly grades: readonly number[];
  readonly trainPairs: number;
}

const populations: Readonly<Record<Style, Population>> = {
  north: { grades: [0.5, 0.2, 0.15, 0.1, 0.05], trainPairs: 400 },
  south: { grades: [0.45, 0.14, 0.16, 0.15, 0.1], trainPairs: 340 },
  west: { grades: [0.42, 0.07, 0.15, 0.21, 0.15], trainPairs: 280 },
};

/** Of the extent about its grade. */
const extentSd = 0.3;

/** The graded cases go through the grades by this step, so that a handful is not all of one grade. */
const goldenSection = (Math.sqrt(5) - 1) / 2;

/** Pneumonia and nothing else. 400 test pairs unless asked for otherwise. */
export const severityPhantom: Phantom = {
  name: 'severity',
  title: 'pneumonia graded 0 to 4 without reports, 5 % of the grades, 64 x 64',
  cases: (options) => severityCases(options),
};

/** With other findings and a fainter pneumonia. */
export const hardSeverityPhantom: Phantom = {
  name: 'severity-hard',
  title: 'the same, fainter and beside other findings',
  cases: (options) => severityCases(options, { gain: 0.7, distractors: true }),
};

/** The cases of a site, training first; every case is a patient of its own. @throws UsageError (badArgument) */
export function severityCases(options: PhantomOptions, difficulty: SeverityDifficulty = {}): readonly SeverityCase[] {
  const { trainPairs = populations[styleOf(options.site)].trainPairs, testPairs = 400 } = options;
  const cases = (split: Split, count: number): readonly SeverityCase[] =>
    Array.from({ length: count }, (_, i) => severityCase(options, difficulty, split, i + 1));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

function severityCase(
  options: PhantomOptions,
  difficulty: SeverityDifficulty,
  split: Split,
  number: number,
): SeverityCase {
  const { site } = options;
  const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
  const { grade, extent, graded, random } = drawSeverity(options, split, number, difficulty);
  const profile = profileOf(site);
  const findings = difficulty.distractors === true ? drawCase(withoutOpacity(profile), random) : [];
  const { values, lesion } = drawn({ extent, gain: difficulty.gain ?? 1, findings, profile }, random);
  return {
    id,
    image: { size: [size, size], channels: 1, values },
    report: '',
    labels: graded ? [`severity:${grade}`] : [],
    site,
    patientId: `patient-${id}`,
    split,
    grade,
    extent,
    lesion,
  };
}

/** What is to be drawn, and where the drawing's own numbers come from. */
export interface DrawnSeverity extends Pick<SeverityCase, 'grade' | 'extent'> {
  readonly graded: boolean;
  readonly random: Random;
}

/** A case's severity without its image. @throws UsageError (badArgument) if there is no such site */
export function drawSeverity(
  { seed, site }: PhantomOptions,
  split: Split,
  number: number,
  { gradedShare = 0.05 }: SeverityDifficulty = {},
): DrawnSeverity {
  const { grades } = populations[styleOf(site)];
  const random = randomFor(seed, 'severity', site, split, number);
  const turn = split === 'test' ? undefined : gradedTurn(number, gradedShare);
  const start = randomFor(seed, 'severity', site, 'grades').uniform();
  const quantile = turn === undefined ? random.uniform() : (start + turn * goldenSection) % 1;
  const grade = gradeAt(quantile, grades);
  const extent = Math.max(0, grade + extentSd * random.normal());
  return { grade, extent, graded: split === 'test' || turn !== undefined, random };
}

/** Which graded case of the site this number is, from 0, or undefined where nobody grades it. */
function gradedTurn(number: number, share: number): number | undefined {
  const turn = Math.floor(number * share);
  return turn > Math.floor((number - 1) * share) ? turn - 1 : undefined;
}

/** The grade whose share of the population holds this quantile. */
function gradeAt(quantile: number, shares: readonly number[]): number {
  let below = 0;
  const found = shares.findIndex((share) => quantile < (below += share));
  return found < 0 ? shares.length - 1 : found;
}

/** Opacities would be pneumonia. */
function withoutOpacity(profile: SiteProfile): SiteProfile {
  return { ...profile, frequencies: { ...profile.frequencies, opacity: 0 } };
}

interface Picture {
  readonly extent: number;
  readonly gain: number;
  readonly findings: readonly Finding[];
  readonly profile: SiteProfile;
}

function drawn(
  { extent, gain, findings, profile }: Picture,
  random: Random,
): { readonly values: Uint8Array; readonly lesion: Uint8Array } {
  const anatomy = drawAnatomy(random);
  const { share, density } = drawInvolvement(extent, gain, anatomy, random);
  const pneumonia: Layer = (_x, _y, at) => density * share[at]!; // a pixel of this image
  const others = findings.flatMap((finding) => layerOf(finding, anatomy, random) ?? []);
  const values = drawChest(anatomy, heartFactor(findings), [pneumonia, ...others], profile.scanner, random);
  return { values, lesion: lesionOf(share) };
}
