/** How a program ends: the line that a person reads and the code that a script reads. @module */
import {
  ConsiliumError,
  DecodeError,
  DependencyError,
  ProtocolError,
  TransportError,
  UsageError,
  VerificationError,
} from '../errors.ts';

/** 0 done is not here: 1 a check or a round failed; 2 wrong usage or configuration; 3 refused by policy or by the protocol; 4 a dependency is missing. */
export type FailureExitCode = 1 | 2 | 3 | 4;

/** The exit code of a program that ends with this error. */
export function exitCodeOf(error: unknown): FailureExitCode {
  if (error instanceof UsageError || error instanceof DecodeError) return 2;
  if (error instanceof ProtocolError || error instanceof VerificationError) return 3;
  if (error instanceof TransportError || error instanceof DependencyError) return 4;
  return 1;
}

/** One line that says what, where and what to do, then the code: `the port is taken: ... [portTaken]`. */
export function errorLine(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, '; ');
  return error instanceof ConsiliumError ? `${text} [${error.code}]` : `${text} [unreachable]`;
}
