/**
 * What must hold between the numbers of a plan, so that the sum is exact and nothing smaller than the crowd comes out.
 * Source: proto/spec/secure-sum.md, section 2; the codes are those of the vectors, suite `secagg/quantize`, `plan`.
 *
 * @module
 */
import type { Quorums } from './quorums.ts';

/** One line of section 2 that does not hold. `segment` is set for an overflow alone. */
export interface SumProblem {
  readonly code:
    | 'colludersReachThreshold'
    | 'thresholdAboveQuorum'
    | 'quorumAboveSites'
    | 'crowdTooSmall'
    | 'quorumTooSmall'
    | 'thresholdTooLow'
    | 'modulusTooLarge'
    | 'modulusNotWord'
    | 'sumOverflow';
  readonly must: string;
  readonly segment?: string;
}

/** The numbers that the rules read. */
export interface SumNumbers extends Quorums {
  readonly trustsCoordinator: boolean;
  readonly modulusBits: number;
  readonly encryption: 'none' | 'stream' | 'bgv';
  readonly segments: readonly { readonly name: string; readonly bits: number }[];
}

type Rule = readonly [holds: boolean, problem: SumProblem];

/** Every rule of section 2 that does not hold, in its order; none for a sound plan. */
export function sumProblems(numbers: SumNumbers): readonly SumProblem[] {
  return [...quorumRules(numbers), ...modulusRules(numbers)].flatMap(([holds, problem]) => (holds ? [] : [problem]));
}

/** The fewest bits m for which `maxSites · (2^bits − 1) < 2^m`. */
export function leastModulusBits(maxSites: number, bits: number): number {
  return Math.floor(Math.log2(maxSites * (2 ** bits - 1))) + 1;
}

function quorumRules({ maxSites: n, colluders: f, threshold: t, quorum: q, trustsCoordinator }: SumNumbers): Rule[] {
  return [
    [f < t, { code: 'colludersReachThreshold', must: `colluders ${f} < threshold ${t}` }],
    [t <= q, { code: 'thresholdAboveQuorum', must: `threshold ${t} <= quorum ${q}` }],
    [q <= n, { code: 'quorumAboveSites', must: `quorum ${q} <= maxSites ${n}` }],
    [q - f >= 2, { code: 'crowdTooSmall', must: `quorum ${q} - colluders ${f} >= 2` }],
    [q >= 3, { code: 'quorumTooSmall', must: `quorum ${q} >= 3` }],
    [
      2 * t > n + f || trustsCoordinator,
      { code: 'thresholdTooLow', must: `2 x threshold ${t} > maxSites ${n} + colluders ${f}, or trustsCoordinator` },
    ],
  ];
}

function modulusRules({ maxSites: n, modulusBits: m, encryption, segments }: SumNumbers): Rule[] {
  return [
    [m <= 32, { code: 'modulusTooLarge', must: `modulusBits ${m} <= 32` }],
    [m === 32 || encryption === 'none', { code: 'modulusNotWord', must: `modulusBits ${m} = 32 with encryption` }],
    ...segments.map(({ name, bits }): Rule => {
      const must = `maxSites ${n} x (2^${bits} - 1) < 2^${m}, the modulus, in segment ${name}`;
      return [n * (2 ** bits - 1) < 2 ** m, { code: 'sumOverflow', segment: name, must }];
    }),
  ];
}
