/** Errors of the house as gRPC statuses, in one place. The code travels beside, in the trailer `consilium-code`. */
import { Metadata, status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import {
  ConsiliumError,
  DecodeError,
  DependencyError,
  ProtocolError,
  TransportError,
  UsageError,
  VerificationError,
} from '#shared/errors';

/** The trailer that carries an error's code. */
export const codeTrailer = 'consilium-code';

/** What a peer is told of an error: of our own mistakes nothing but that there is one. */
export function toStatus(error: unknown): StatusObject {
  const metadata = new Metadata();
  const code = statusCode(error);
  if (!(error instanceof ConsiliumError) || code === status.INTERNAL) {
    metadata.set(codeTrailer, 'unreachable');
    return { code: status.INTERNAL, details: 'the coordinator failed; its diagnostics say why', metadata };
  }
  metadata.set(codeTrailer, error.code);
  return { code, details: error.message, metadata };
}

/** A UsageError reaches the wire only from the operator's own commands. */
function statusCode(error: unknown): status {
  if (error instanceof DecodeError || error instanceof UsageError) return status.INVALID_ARGUMENT;
  if (error instanceof ProtocolError) return status.FAILED_PRECONDITION;
  if (error instanceof VerificationError) return status.UNAUTHENTICATED;
  if (error instanceof TransportError) return status.UNAVAILABLE;
  if (error instanceof DependencyError) return status.INTERNAL;
  return status.INTERNAL;
}
