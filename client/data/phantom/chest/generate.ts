/**
 * The phantom of chest CT: small volumes with 18 common and 15 rare findings, and reports of several sentences that truly
 * describe them, from a seed. It shows that the machinery learns; it says nothing about patients.
 *
 * @module
 */
import { randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import type { Phantom, PhantomCase, PhantomOptions } from '../types.ts';
import { drawCase } from './draw-case.ts';
import { drawVolume } from './draw-volume.ts';
import { chestSize } from './layers.ts';
import { profileOf } from './profiles.ts';
import type { Finding } from './types.ts';
import { writeReport } from './write-report.ts';

/** How strongly findings are drawn at difficulty 1; with 1 small models learn much more slowly. */
const plainGain = 1.5;

/** Labels are the names of what was drawn. 300 test pairs unless asked for otherwise. */
export const chestPhantom: Phantom = {
  name: 'chest',
  title: `chest CT with reports, ${chestSize.join(' x ')}, 18 common and 15 rare findings`,
  cases: chestCases,
};

/** A case with what was drawn in it. */
export interface ChestCase extends PhantomCase {
  readonly findings: readonly Finding[];
}

/**
 * The cases of a site, training first; every case is a patient of its own. Findings are drawn 1 / `difficulty` times as
 * strongly as at 1.
 *
 * @throws UsageError (badArgument) if there is no such site
 */
export function chestCases(options: PhantomOptions, difficulty = 1): readonly ChestCase[] {
  const { trainPairs = profileOf(options.site).trainPairs, testPairs = 300 } = options;
  const cases = (split: Split, count: number): readonly ChestCase[] =>
    Array.from({ length: count }, (_, i) => chestCase(options, split, i + 1, difficulty));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

function chestCase({ seed, site }: PhantomOptions, split: Split, number: number, difficulty: number): ChestCase {
  const profile = profileOf(site);
  const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
  const random = randomFor(seed, 'chest', site, split, number);
  const findings = drawCase(profile, random);
  const report = writeReport(findings, profile.style, random);
  const values = drawVolume(findings, profile.scanner, plainGain / difficulty, random);
  return {
    id,
    image: { size: chestSize, channels: 1, values },
    report,
    labels: findings.map(({ kind }) => kind),
    findings,
    site,
    patientId: `patient-${id}`,
    split,
  };
}
