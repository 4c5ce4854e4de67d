/**
 * The phantom of chest radiographs: images and reports that truly describe them, from a seed. It shows that the machinery
 * learns; it says nothing about patients.
 *
 * @module
 */
import { randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import type { Phantom, PhantomCase, PhantomOptions } from '../types.ts';
import { drawCase } from './draw-case.ts';
import { drawImage } from './draw-image.ts';
import { size } from './field.ts';
import { profileOf } from './profiles.ts';
import type { Finding } from './types.ts';
import { writeReport } from './write-report.ts';

/** Labels are `kind:severity:side:zone` of what was drawn. 400 test pairs unless asked for otherwise. */
export const radiographPhantom: Phantom = {
  name: 'radiograph',
  title: 'chest radiographs with reports, 64 x 64',
  cases: radiographCases,
};

/** A case with what was drawn in it. */
export interface RadiographCase extends PhantomCase {
  readonly findings: readonly Finding[];
}

/** The cases of a site, training first; every case is a patient of its own. @throws UsageError (badArgument) */
export function radiographCases(options: PhantomOptions): readonly RadiographCase[] {
  const { trainPairs = profileOf(options.site).trainPairs, testPairs = 400 } = options;
  const cases = (split: Split, count: number): readonly RadiographCase[] =>
    Array.from({ length: count }, (_, i) => radiographCase(options, split, i + 1));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

function radiographCase({ seed, site }: PhantomOptions, split: Split, number: number): RadiographCase {
  const { scanner, style, ...profile } = profileOf(site);
  const id = `${site}-${split}-${String(number).padStart(4, '0')}`;
  const random = randomFor(seed, 'phantom', site, split, number);
  const findings = drawCase({ scanner, style, ...profile }, random);
  const report = writeReport(findings, style, random);
  const image = { size: [size, size], channels: 1 as const, values: drawImage(findings, scanner, random) };
  return { id, image, report, labels: findings.map(labelOf), findings, site, patientId: `patient-${id}`, split };
}

function labelOf({ kind, severity, side, zone }: Finding): string {
  return [kind, severity, side, zone].filter((part) => part !== undefined).join(':');
}
