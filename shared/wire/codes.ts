/** The closed lists of codes, as words in the house and as numbers on the wire. @module */
import type { KeyRefusalCode } from '../secagg/keys/types.ts';
import type { Closing, RefusalCode, RoundClosed, ShareKind } from '../secagg/types.ts';
import type { PlanRefusalCode } from './types.ts';

type Numbers<T extends string> = Readonly<Record<T, number>>;

/** Numbers of `RefusalCode` in proto/consilium/v1/codes.proto. */
export const refusalCodes = {
  wrongPhase: 1,
  wrongRound: 2,
  notInCohort: 3,
  notRostered: 4,
  badSignature: 5,
  contextMismatch: 6,
  planNotApproved: 7,
  modelMismatch: 8,
  duplicateSite: 9,
  duplicateKey: 10,
  smallOrderPoint: 11,
  ownEntryChanged: 12,
  belowQuorum: 13,
  notASubset: 14,
  transcriptMismatch: 15,
  commitmentMismatch: 16,
  wrongLength: 17,
  secondMessage: 18,
  alreadyConfirmed: 19,
  alreadyUnmasked: 20,
  tooFewConfirmations: 21,
  tooFewNeighbours: 22,
  receiptIgnored: 23,
  badShare: 24,
  aggregateOutOfRange: 25,
  stale: 26,
  gapTooWide: 27,
  keyMismatch: 28,
} as const satisfies Numbers<RefusalCode>;

/** Numbers of `RoundOutcome`. */
export const roundOutcomes = {
  accepted: 1,
  belowQuorum: 2,
  tooFewConfirmations: 3,
  tooFewShares: 4,
  badDealer: 5,
  votedDown: 6,
  cancelled: 7,
} as const satisfies Numbers<RoundClosed['outcome']>;

/** Numbers of `ShareKind`. */
export const shareKinds = { 'self-mask': 1, 'mask-key': 2 } as const satisfies Numbers<ShareKind>;

/** Numbers of `ClosedPhase`. */
export const closedPhases = { advertiseKeys: 1, shareKeys: 2, maskedInput: 3 } as const satisfies Numbers<
  Closing['phase']
>;

/** Numbers of `PlanRefusalCode`. */
export const planRefusalCodes = {
  declined: 1,
  policy: 2,
  programMismatch: 3,
} as const satisfies Numbers<PlanRefusalCode>;

/** Numbers of `KeyRefusalCode`. */
export const keyRefusalCodes = {
  notOfThisEpoch: 1,
  notRostered: 2,
  badSignature: 3,
  secondRecord: 4,
  badBox: 5,
  badSnapshot: 6,
  notAsked: 7,
} as const satisfies Numbers<KeyRefusalCode>;
