/** Errors across threads: a thrown object loses its class on the way. @module */
import { ConsiliumError, DependencyError, UsageError } from '#shared/errors';
import type { CarriedError } from './messages.ts';

/** The error as data. */
export function carried(error: unknown): CarriedError {
  if (error instanceof ConsiliumError) return { name: error.name, code: error.code, message: error.message };
  return { name: 'Error', code: undefined, message: error instanceof Error ? error.message : String(error) };
}

/** The error again: our caller's mistake, or else the platform's. */
export function revived({ name, code, message }: CarriedError): Error {
  if (code === undefined) return new Error(message);
  return name === 'UsageError' ? new UsageError(code, message) : new DependencyError(code, message);
}
