/** What grpc-js reports, as an error of the house: the coordinator's code where it gave one. @module */
import { status } from '@grpc/grpc-js';
import { ConsiliumError, ProtocolError, TransportError, UsageError, VerificationError } from '#shared/errors';
import type { ErrorCode } from '#shared/errors';

interface ServiceError extends Error {
  readonly code: status;
  readonly details: string;
}

/** The coordinator ends its sentence with its code in brackets. */
const coded = /^(.*?)\s*\[([A-Za-z]+)\]$/s;

/** What a coordinator may answer to a call; anything else, also a full disk there, is taken for a fault that passes. */
const answers: readonly ErrorCode[] = [
  'badArgument',
  'badCertificate',
  'badFormat',
  'badSignature',
  'commitmentMismatch',
  'duplicateKey',
  'duplicateSite',
  'missingField',
  'nonCanonical',
  'notFound',
  'notInCohort',
  'notRostered',
  'outOfRange',
  'planNotApproved',
  'tokenExpired',
  'tokenUnknown',
  'tokenUsed',
  'unknownEnum',
  'wrongLength',
  'wrongPhase',
];

/** The error of a call that failed, or of a stream that ended. */
export function callError(error: unknown): Error {
  if (error instanceof ConsiliumError) return error;
  if (!isServiceError(error))
    return new TransportError('unavailable', 'the coordinator ended the connection', { cause: error });
  const [, sentence = error.details, code = ''] = coded.exec(error.details) ?? [];
  const known = answers.find((answer) => answer === code);
  if (known === undefined) return new TransportError(...uncoded(error), { cause: error });
  return new (classOf(error.code))(known, `the coordinator says: ${sentence}`, { cause: error });
}

/** Whether trying the same again later may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof TransportError && (error.code === 'unavailable' || error.code === 'deadline');
}

function classOf(code: status): new (code: ErrorCode, message: string, detail: { cause: unknown }) => ConsiliumError {
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) return VerificationError;
  if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED) return TransportError;
  return code === status.NOT_FOUND ? UsageError : ProtocolError;
}

function uncoded({ code, details }: ServiceError): ['unavailable' | 'deadline', string] {
  if (code === status.DEADLINE_EXCEEDED) return ['deadline', 'the coordinator did not answer in time'];
  return ['unavailable', `the coordinator cannot be reached: ${details}`];
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error && typeof error.code === 'number';
}
