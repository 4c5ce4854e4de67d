/**
 * The phantom of head MRI: studies of several sequences with a report that truly describes them, from a seed. A study is
 * split by sequence: every sequence is a pair of its own, with the study's report behind the sequence's name.
 *
 * @module
 */
import { randomFor } from '../../random.ts';
import type { Split } from '../../types.ts';
import { styleOf } from '../sites.ts';
import type { Phantom, PhantomCase, PhantomOptions } from '../types.ts';
import { drawAnatomy } from './anatomy.ts';
import { drawFindings } from './draw-study.ts';
import { drawVolume, size } from './draw-volume.ts';
import { shapeOf } from './findings.ts';
import { placeName, profileOf, signalOf } from './profiles.ts';
import type { Finding, Sequence } from './types.ts';
import { writeReport } from './write-report.ts';

/**
 * Labels are `kind:place:signal` of what was drawn, the signal that of the pair's sequence, or `normal`. 400 test pairs
 * unless asked for otherwise.
 */
export const headPhantom: Phantom = {
  name: 'head',
  title: `head MRI, two sequences a study, with reports, ${size.join(' x ')}`,
  cases: headCases,
};

/** What can be asked for beside what every phantom takes. */
export interface HeadOptions extends PhantomOptions {
  /** What the findings' contrast is divided by. Default 1; at 2 most are hard to see. */
  readonly difficulty?: number;
}

/** A case with what was drawn in it. */
export interface HeadCase extends PhantomCase {
  readonly sequence: Sequence;
  readonly findings: readonly Finding[];
}

/** Sequences of a study, each a pair. */
const perStudy = 2;

/** The cases of a site, training first; the two sequences of a study are neighbours. @throws UsageError (badArgument) */
export function headCases(options: HeadOptions): readonly HeadCase[] {
  const { trainPairs = profileOf(options.site).trainPairs, testPairs = 400 } = options;
  const cases = (split: Split, count: number): readonly HeadCase[] =>
    Array.from({ length: count }, (_, i) => headCase(options, split, i));
  return [...cases('train', trainPairs), ...cases('test', testPairs)];
}

/** What a study is drawn from is drawn anew for each of its pairs, so that a case depends on its number alone. */
function headCase({ seed, site, difficulty = 1 }: HeadOptions, split: Split, index: number): HeadCase {
  const profile = profileOf(site);
  const [study, place] = [Math.floor(index / perStudy), index % perStudy];
  const random = randomFor(seed, 'phantom-head', site, split, study);
  const findings = drawFindings(profile, random);
  const sequences = profile.protocols[random.integer(profile.protocols.length)]!;
  const sequence = sequences[place]!;
  const report = writeReport(findings, sequences, styleOf(site), random);
  const anatomy = drawAnatomy(random);
  const shapes = findings.map((finding) => ({
    shape: shapeOf(finding, random),
    signal: signalOf(finding.kind, sequence),
  }));
  const scan = randomFor(seed, 'phantom-head-scan', site, split, index);
  const values = drawVolume({ anatomy, sequence, findings: shapes, difficulty }, profile.scanner, scan);
  const patient = `${site}-${split}-${String(study + 1).padStart(4, '0')}`;
  return {
    id: `${patient}-${sequence.toLowerCase()}`,
    image: { size, channels: 1, values },
    report: `${sequence.toLowerCase()} : ${report}`,
    labels: findings.length === 0 ? ['normal'] : findings.map((finding) => labelOf(finding, sequence)),
    site,
    patientId: `patient-${patient}`,
    split,
    sequence,
    findings,
  };
}

function labelOf(finding: Finding, sequence: Sequence): string {
  return [finding.kind, placeName(finding), signalOf(finding.kind, sequence)].join(':');
}
