/**
 * The exceptions of the house: one class per culprit, one closed list of codes.
 *
 * Inside the protocol a peer's misbehaviour is data (a `refuse` effect); these classes are for everything else. A
 * message says what was expected, what was found and what to do; never a secret, a share, a weight, a report or a path
 * that names a patient.
 *
 * @module
 */

/** Every stable code. Documented in `proto/spec/errors.md`; a code is never renamed. */
export type ErrorCode =
  // the operator or our caller
  | 'badConfig'
  | 'badPlan'
  | 'badArgument'
  | 'wrongPhase'
  | 'notEmpty'
  | 'notFound'
  | 'portTaken'
  | 'unsupported'
  | 'weightAboveCap'
  | 'lengthMismatch'
  | 'notFinite'
  | 'modulusNotWord'
  | 'oddDegree'
  | 'tooManySites'
  | 'tooFewSites'
  | 'noUsableRows'
  | 'missingColumn'
  | 'noSuchFile'
  | 'hostRead'
  | 'outsideValue'
  | 'randomInStep'
  | 'unknownKernel'
  | 'variableInStep'
  // the bytes
  | 'wrongLength'
  | 'nonCanonical'
  | 'outOfRange'
  | 'unknownEnum'
  | 'missingField'
  | 'badFormat'
  // a peer
  | 'alreadyConfirmed'
  | 'alreadyUnmasked'
  | 'badShare'
  | 'belowQuorum'
  | 'duplicateSite'
  | 'duplicateKey'
  | 'duplicateShare'
  | 'commitmentMismatch'
  | 'contextMismatch'
  | 'planNotApproved'
  | 'programMismatch'
  | 'modelMismatch'
  | 'notInCohort'
  | 'notRostered'
  | 'shareIndexZero'
  | 'shareLength'
  | 'smallOrderPoint'
  | 'tooFewShares'
  | 'aggregateOutOfRange'
  | 'tokenExpired'
  | 'tokenUnknown'
  | 'tokenUsed'
  // a signature, proof or hash
  | 'badSignature'
  | 'badCertificate'
  | 'boxNotAuthentic'
  // network and disk
  | 'unavailable'
  | 'deadline'
  | 'diskFull'
  | 'journalDamaged'
  // the platform
  | 'noBackend'
  | 'outOfMemory'
  | 'encryptionFailed'
  | 'missingDependency'
  // a whole run
  | 'programFailed'
  | 'roundFailed'
  | 'resultTooLow'
  // us
  | 'unreachable';

/** What an error may carry beside its code and sentence. */
export interface ErrorDetail {
  /** What caused it, kept for diagnostics on this machine. */
  readonly cause?: unknown;
  /** The sites proven at fault. */
  readonly culprits?: readonly string[];
}

/** The common base; throw one of the classes below. */
export abstract class ConsiliumError extends Error {
  readonly code: ErrorCode;
  readonly culprits: readonly string[];

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = code;
    this.culprits = detail.culprits ?? [];
  }
}

/** The operator's or our caller's mistake; never on the wire; trying again changes nothing. */
export class UsageError extends ConsiliumError {}
/** The bytes are not what they should be. */
export class DecodeError extends ConsiliumError {}
/** A peer broke the protocol, or the protocol refuses. */
export class ProtocolError extends ConsiliumError {}
/** A signature, proof, certificate or hash does not hold. */
export class VerificationError extends ConsiliumError {}
/** Network or disk; trying again may help. */
export class TransportError extends ConsiliumError {}
/** TensorFlow, ONNX Runtime, the platform. */
export class DependencyError extends ConsiliumError {}
/** Our own mistake: stop. */
export class InvariantError extends ConsiliumError {}
