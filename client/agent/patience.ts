/** Calls that are made again until they are answered: a coordinator that is away comes back. @module */
import { closeSync, openSync } from 'node:fs';
import { ProtocolError, TransportError } from '#shared/errors';
import type { AggregatePublished } from '#shared/secagg/types';
import { backOff } from './backoff.ts';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { guard, writeAt } from './disk.ts';

/** The answer to a call. @throws what the call throws, unless it is transient; TransportError (unavailable) once `signal` aborts. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    await backOff(attempt, signal);
  }
  throw new TransportError('unavailable', 'the agent was stopped while it waited for the coordinator');
}

/** Writes all bytes of an aggregate to a file; after a loss from where it stopped. @throws ProtocolError (commitmentMismatch) if more come. */
export async function fetchWhole(
  calls: Calls,
  { round, byteLength }: AggregatePublished,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = guard(path, () => openSync(path, 'w', 0o600));
  try {
    let offset = 0;
    await patiently(async () => {
      await calls.fetchAggregate({ round, offset }, (data) => {
        if (data.length > byteLength - offset)
          throw new ProtocolError('commitmentMismatch', `the aggregate of round ${round} is longer than was published`);
        writeAt(file, path, data, offset);
        offset += data.length;
      });
      if (offset < byteLength)
        throw new TransportError(
          'unavailable',
          `the aggregate of round ${round} ended early: ${offset} of ${byteLength} bytes`,
        );
    }, signal);
  } finally {
    closeSync(file);
  }
}
