/**
 * Whether the numbers of a plan make a sum that is safe and cannot overflow. Checked when the plan is made and again by
 * every site. Source: proto/spec/secure-sum.md, section 2.
 *
 * @module
 */
import { fieldBits, marginOf } from './field.ts';

/** A segment as proposed: `sigma` is the noise, on the integer grid, that a quorum's sum must carry. */
export interface ProposedSegment {
  readonly name: string;
  readonly length: number;
  readonly bits: number;
  readonly sigma?: number;
}

/** What a plan and its roster say about the sum; `null` takes the default. */
export interface SumProposal {
  readonly maxSites: number;
  readonly colluders: number | null;
  readonly threshold: number | null;
  readonly quorum: number | null;
  readonly trustsCoordinator: boolean;
  readonly encryption: 'none' | 'stream' | 'bgv';
  readonly modulusBits: number;
  readonly approvalQuorum: number;
  readonly membershipQuorum: number;
  readonly segments: readonly ProposedSegment[];
}

/** One line of the plan that does not hold. */
export type SumProblem =
  | {
      readonly code:
        | 'colludersReachThreshold'
        | 'thresholdAboveQuorum'
        | 'quorumAboveSites'
        | 'crowdTooSmall'
        | 'quorumTooSmall'
        | 'thresholdTooLow'
        | 'approvalQuorumTooLow'
        | 'membershipQuorumTooLow'
        | 'noiseWithoutColluders'
        | 'modulusTooLarge'
        | 'modulusNotWord';
    }
  | { readonly code: 'sumOverflow'; readonly segment: string };

/** The width of a segment's fields. `localSigma` is the noise of one site, `null` without noise. */
export interface CheckedSegment {
  readonly name: string;
  readonly localSigma: number | null;
  readonly margin: number;
  readonly fieldBits: number;
}

/** The sum with its defaults filled in; it may be used only if `problems` is empty. */
export interface CheckedSum {
  readonly problems: readonly SumProblem[];
  readonly colluders: number;
  readonly threshold: number;
  readonly quorum: number;
  /** `q − f`: the fewest honest sites whose vectors a published sum can mix. */
  readonly smallestCrowd: number;
  readonly segments: readonly CheckedSegment[];
}

/** Every line that does not hold, in the order of the spec, and the numbers that the defaults give. */
export function checkSumParameters(proposal: SumProposal): CheckedSum {
  const numbers = withDefaults(proposal);
  const segments = proposal.segments.map((segment) => checkedSegment(segment, numbers.quorum - numbers.colluders));
  const problems = [...quorumProblems(proposal, numbers), ...modulusProblems(proposal, segments)];
  return { problems, ...numbers, smallestCrowd: numbers.quorum - numbers.colluders, segments };
}

interface Quorums {
  readonly colluders: number;
  readonly threshold: number;
  readonly quorum: number;
}

/** > f = floor((n-1)/3), t = floor((n+f)/2) + 1, q = max(t, f + 2, 3); with noise the default is max(1, f). */
function withDefaults({ maxSites, colluders, threshold, quorum, segments }: SumProposal): Quorums {
  const f = colluders ?? Math.max(segments.some(hasNoise) ? 1 : 0, Math.floor((maxSites - 1) / 3));
  const t = threshold ?? Math.floor((maxSites + f) / 2) + 1;
  return { colluders: f, threshold: t, quorum: quorum ?? Math.max(t, f + 2, 3) };
}

/** Every site adds noise of variance `σ² / (q − f)`. */
function checkedSegment({ name, bits, sigma }: ProposedSegment, crowd: number): CheckedSegment {
  const localSigma = sigma === undefined || crowd <= 0 ? undefined : sigma / Math.sqrt(crowd);
  const width = localSigma === undefined ? { bits } : { bits, localSigma };
  return { name, localSigma: localSigma ?? null, margin: marginOf(localSigma), fieldBits: fieldBits(width) };
}

function quorumProblems(proposal: SumProposal, { colluders: f, threshold: t, quorum: q }: Quorums): SumProblem[] {
  const { maxSites: n, trustsCoordinator, approvalQuorum, membershipQuorum, segments } = proposal;
  return failing([
    ['colludersReachThreshold', f < t],
    ['thresholdAboveQuorum', t <= q],
    ['quorumAboveSites', q <= n],
    ['crowdTooSmall', q - f >= 2],
    ['quorumTooSmall', q >= 3],
    ['thresholdTooLow', 2 * t > n + f || trustsCoordinator],
    ['approvalQuorumTooLow', approvalQuorum > f],
    ['membershipQuorumTooLow', membershipQuorum > f],
    ['noiseWithoutColluders', f >= 1 || !segments.some(hasNoise)],
  ]);
}

function modulusProblems(
  { maxSites, encryption, modulusBits }: SumProposal,
  segments: readonly CheckedSegment[],
): SumProblem[] {
  const overflowing = segments.filter(({ fieldBits: bits }) => maxSites * (2 ** bits - 1) >= 2 ** modulusBits);
  return [
    ...failing([
      ['modulusTooLarge', modulusBits <= 32],
      ['modulusNotWord', modulusBits === 32 || encryption === 'none'],
    ]),
    ...overflowing.map(({ name }): SumProblem => ({ code: 'sumOverflow', segment: name })),
  ];
}

type SimpleCode = Exclude<SumProblem['code'], 'sumOverflow'>;

function failing(lines: readonly (readonly [code: SimpleCode, holds: boolean])[]): SumProblem[] {
  return lines.filter(([, holds]) => !holds).map(([code]) => ({ code }));
}

function hasNoise({ sigma }: ProposedSegment): boolean {
  return sigma !== undefined && sigma > 0;
}
