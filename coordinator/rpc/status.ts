/** Errors of the house as gRPC statuses, in one place. The sentence ends with its code in brackets. */
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

/** What a peer is told of an error: of our own mistakes nothing but that there is one. */
export function toStatus(error: unknown): StatusObject {
  const code = statusCode(error);
  const told = error instanceof ConsiliumError && code !== status.INTERNAL;
  const details = told ? `${error.message} [${error.code}]` : 'the coordinator failed; its diagnostics say why';
  return { code, details, metadata: new Metadata() };
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
