/**
 * The protocol of Consilium as a library: everything that a program, an auditor or a page needs to take part in, check or
 * recompute a round. It runs in a browser; `portableCrypto` completes the platform's cryptography there.
 *
 * @module
 */
export * from './errors.ts';
export { concatBytes, constantTimeEqual, equalBytes, fromHex, toHex, utf8 } from './util/bytes.ts';
export { bySiteId, toSiteId } from './util/ids.ts';
export type { SiteId } from './util/ids.ts';
export { Secret } from './util/secret.ts';
export { canonicalJson, parseCanonicalJson } from './codec/canonical-json.ts';
export type { JsonValue } from './codec/canonical-json.ts';
export { frame, label } from './codec/frame.ts';
export type { Part } from './codec/frame.ts';
export { Bgv } from './crypto/bgv.ts';
export type { BgvKey, BgvSum, SealLibrary } from './crypto/bgv.ts';
export { portableCrypto } from './crypto/portable.ts';
export type { PlatformCrypto } from './crypto/portable.ts';
export { combineShares, splitSecret } from './crypto/shamir.ts';
export type * from './crypto/types.ts';
export { leafHash, merkleAccumulator, merkleRoot, nodeHash } from './log/merkle.ts';
export type { MerkleAccumulator } from './log/merkle.ts';
export { applyAggregate, initialModel } from './model/apply.ts';
export type { Model, ServerOptimizer } from './model/apply.ts';
export { flatten, manifestHash, manifestLength, unflatten } from './model/manifest.ts';
export type { ModelManifest, TensorSpec } from './model/manifest.ts';
export { modelHash } from './model/model-hash.ts';
export { addNoise } from './secagg/add-noise.ts';
export type { Noisy } from './secagg/add-noise.ts';
export type { ChunkSum, Cipher, Encryptor, Opener, SiteKey, SumKey } from './secagg/cipher/cipher.ts';
export { cipherOf } from './secagg/cipher/cipher-of.ts';
export type { CipherParts } from './secagg/cipher/cipher-of.ts';
export {
  cohortHash,
  confirmationBytes,
  contextHash,
  selfMaskCommitment,
  shareHash,
  uploadCommitment,
} from './secagg/context.ts';
export type { ShareName, UploadShape } from './secagg/context.ts';
export { coordinatorStep, initialCoordinatorState } from './secagg/coordinator/round.ts';
export { maskUpload, masksWithDropout, pairwiseMask, removeMasks, selfMask } from './secagg/mask.ts';
export { checkSumParameters } from './secagg/parameters.ts';
export type { CheckedSum, ProposedSegment, SumProblem, SumProposal } from './secagg/parameters.ts';
export { dequantize, errorBound, quantize } from './secagg/quantize.ts';
export type { Dequantized, ErrorBound, Quantized, Segment, SummedOver, Weighing } from './secagg/quantize.ts';
export { segmentOutOfRange } from './secagg/range-check.ts';
export { checkCombined, matchShares } from './secagg/recover.ts';
export type { AnsweredShare, MatchedShares, RecoveredSecret, RecoveryFailure, SharedSecret } from './secagg/recover.ts';
export { signMessage, signedBytes, verifyMessage } from './secagg/signed-message.ts';
export type { Signature, Statement } from './secagg/signed-message.ts';
export { initialSiteState, siteStep } from './secagg/site/round.ts';
export { advertisementProblem, transcriptHash } from './secagg/transcript.ts';
export type { AdvertisedKeys, AdvertisementProblem } from './secagg/transcript.ts';
export type * from './secagg/types.ts';
export { uniformSource } from './secagg/uniform-source.ts';
export type { UniformSource } from './secagg/uniform-source.ts';
export { aggregateByteLength, aggregateLength, uploadCut } from './secagg/upload-cut.ts';
export type { UploadCut } from './secagg/upload-cut.ts';
export { packWords, packedLength, unpackWords, wordsPerChunk } from './secagg/wire-words.ts';
export { signApproval, verifyApproval } from './governance/approval.ts';
export { planFromBytes, parsePlan, planBytes, planHash } from './governance/plan.ts';
export { planProblems, rosterProblems } from './governance/plan-rules.ts';
export { rosterBytes, rosterFromBytes, rosterHash } from './governance/roster.ts';
export type { Plan, PlanApproval, Roster, RosterSite, SegmentPlan } from './governance/types.ts';
export { hashWords } from './governance/words.ts';
