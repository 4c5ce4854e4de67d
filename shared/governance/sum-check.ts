/**
 * The rules of the secure sum, asked of a plan and, when there is one, of its roster. Source: secure-sum, section 2.
 *
 * @module
 */
import { checkSumParameters } from '../secagg/parameters.ts';
import type { CheckedSum, SumProblem } from '../secagg/parameters.ts';
import type { Plan, Roster } from './types.ts';

/** The sum of a plan whose quorums may have been left to their defaults. */
export type ProposedSum = Omit<Plan['sum'], 'colluders' | 'threshold' | 'quorum' | 'dropouts'> & {
  readonly colluders: number | null;
  readonly threshold: number | null;
  readonly quorum: number | null;
};

/** The sum with its defaults and what does not hold. Without a roster its quorums are taken to be those of all sites. */
export function checkSum(
  sum: ProposedSum,
  roster: Pick<Roster, 'approvalQuorum' | 'membershipQuorum'> = all(sum.maxSites),
): CheckedSum {
  const { approvalQuorum, membershipQuorum } = roster;
  return checkSumParameters({ ...sum, approvalQuorum, membershipQuorum });
}

/** What a person reads for a line that does not hold; the code of the vectors at its end. */
export function problemSentence(problem: SumProblem): string {
  const where = problem.code === 'sumOverflow' ? `sum.segments, ${problem.segment}` : 'sum';
  return `${where}: must hold: ${rules[problem.code]} (${problem.code})`;
}

const rules: Readonly<Record<SumProblem['code'], string>> = {
  colludersReachThreshold: 'colluders < threshold',
  thresholdAboveQuorum: 'threshold <= quorum',
  quorumAboveSites: 'quorum <= maxSites',
  crowdTooSmall: 'quorum - colluders >= 2',
  quorumTooSmall: 'quorum >= 3',
  thresholdTooLow: '2 x threshold > maxSites + colluders, or trustsCoordinator',
  approvalQuorumTooLow: "the roster's approvalQuorum > colluders",
  membershipQuorumTooLow: "the roster's membershipQuorum > colluders",
  noiseWithoutColluders: 'colluders >= 1 where there is noise',
  modulusTooLarge: 'modulusBits <= 32',
  modulusNotWord: 'modulusBits = 32 with encryption',
  sumOverflow: 'maxSites x (2^bits - 1) < 2^modulusBits',
};

function all(sites: number): Pick<Roster, 'approvalQuorum' | 'membershipQuorum'> {
  return { approvalQuorum: sites + 1, membershipQuorum: sites + 1 };
}
