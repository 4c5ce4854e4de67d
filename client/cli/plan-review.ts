/** What a plan means for this hospital, in words. @module */
import { answerTo } from '#client/agent/approvals';
import type { Study } from '#client/agent/study';
import { isCount, rowSegments } from '#shared/governance/segments';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan, SegmentPlan } from '#shared/governance/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { toHex } from '#shared/util/bytes';

/** Characters of a plan's id that people see and type. */
export const shownIdLength = 16;

/** The review as data, for `--json`. */
export function reviewData(dir: string, study: Study): unknown {
  const { plan, planId, roster, rosterHash, words, approvals } = study;
  const { quorum, colluders, threshold, maxSites, encryption, segments } = plan.sum;
  return {
    plan: planId,
    name: plan.name,
    method: plan.method.name,
    rounds: plan.rounds,
    program: plan.program,
    leaves: { segments, uploadBytes: uploadCut(toSumParameters(plan)).byteLength, encryption },
    sites: { maxSites, colluders, threshold, quorum, smallestCrowd: quorum - colluders },
    roster: { hash: toHex(rosterHash), words, sites: roster.sites.map(({ site }) => site) },
    approvedBy: approvals.map(({ site }) => site),
    answer: answerTo(dir, study) ?? null,
  };
}

/** The review as lines. */
export function reviewLines(dir: string, study: Study): readonly string[] {
  const { plan, planId, roster, words, approvals } = study;
  const id = planId.slice(0, shownIdLength);
  const said = answerTo(dir, study);
  return [
    `Plan ${id}, "${plan.name}": method ${plan.method.name}, ${plan.rounds} rounds.`,
    `Program ${plan.program.fingerprint.slice(0, shownIdLength)}, beginning ${plan.program.initialModelHash.slice(0, shownIdLength)}.`,
    '',
    ...leavingLines(plan),
    '',
    ...crowdLines(plan),
    '',
    `Roster of ${roster.consortium}: ${roster.sites.map(({ site }) => site).join(', ')}.`,
    'Compare these twelve words with the other hospitals by telephone; approve only if all of them see the same:',
    `  ${words.join(' ')}`,
    '',
    `Approved so far by: ${approvals.map(({ site }) => site).join(', ') || 'nobody'}. This site: ${said ?? 'no answer yet'}.`,
    `To answer: consilium-site plan approve ${id} --dir ${dir}`,
    `       or: consilium-site plan refuse ${id} --why "..." --dir ${dir}`,
  ];
}

function leavingLines(plan: Plan): readonly string[] {
  const bytes = uploadCut(toSumParameters(plan)).byteLength;
  return [
    `In every round one masked vector of ${bytes.toLocaleString('en')} bytes would leave this hospital. In it:`,
    ...plan.sum.segments.map((segment) => `  - ${segment.unit} (${segment.name}): ${segmentWords(segment, plan)}`),
    'Beside it go keys, signatures and the hash of the model, which say nothing about patients. Images and reports stay.',
    plan.sum.encryption === 'none'
      ? 'The sum over the sites, and so the model, is visible to the coordinator.'
      : `The sum is encrypted (${plan.sum.encryption}): the coordinator does not see it.`,
  ];
}

function segmentWords({ name, length, range, bits }: SegmentPlan, { sum: { weightCap } }: Plan): string {
  if (name === 'exampleCount') return `one whole number, at most ${weightCap ?? 2 ** bits - 1}`;
  if (isCount(name)) return `${length.toLocaleString('en')} whole numbers, at most ${2 ** bits - 1}`;
  const weighed = name in rowSegments || weightCap === null ? '' : ', weighed by the number of pairs';
  const many = length === 1 ? 'one number' : `${length.toLocaleString('en')} numbers`;
  return `${many} within ±${range}, rounded at random to ${bits} bits${weighed}`;
}

function crowdLines({ sum: { quorum, colluders, threshold, maxSites, trustsCoordinator } }: Plan): readonly string[] {
  return [
    `Only sums over at least ${quorum} of at most ${maxSites} sites are opened. If ${colluders} of them told what they know, this`,
    `hospital's numbers would still be hidden in a crowd of ${quorum - colluders}: the smallest crowd.`,
    `${threshold} sites together can lift the masks of a site that fell out, and only those.`,
    ...(trustsCoordinator ? ['The plan trusts the coordinator to follow the protocol.'] : []),
  ];
}
