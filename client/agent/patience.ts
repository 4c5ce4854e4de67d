/** Calls that are made again until they are answered: a coordinator that is away comes back. @module */
import { ProtocolError, TransportError } from '#shared/errors';
import type { AggregatePublished } from '#shared/secagg/types';
import { backOff } from './backoff.ts';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';

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

/** All bytes of an aggregate; after a loss from where it stopped. @throws ProtocolError (commitmentMismatch) if more come. */
export async function fetchWhole(
  calls: Calls,
  { round, byteLength }: AggregatePublished,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  await patiently(async () => {
    await calls.fetchAggregate({ round, offset }, (data) => {
      if (data.length > byteLength - offset)
        throw new ProtocolError('commitmentMismatch', `the aggregate of round ${round} is longer than was published`);
      bytes.set(data, offset);
      offset += data.length;
    });
    if (offset < byteLength)
      throw new TransportError(
        'unavailable',
        `the aggregate of round ${round} ended early: ${offset} of ${byteLength} bytes`,
      );
  }, signal);
  return bytes;
}
