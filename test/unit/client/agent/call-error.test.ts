import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { callError, isTransient } from '#client/agent/call-error';
import { TransportError } from '#shared/errors';

function answered(code: status, details: string): Error {
  return callError(Object.assign(new Error(details), { code, details }));
}

describe('the error of a call', () => {
  it('is worth another try when the connection or the coordinator failed, also for want of space there', () => {
    assert(isTransient(answered(status.UNAVAILABLE, 'connection refused')));
    assert(isTransient(answered(status.DEADLINE_EXCEEDED, 'deadline')));
    assert(isTransient(answered(status.UNAVAILABLE, 'coordinator.sqlite: the disk is full [diskFull]')));
  });

  it('is final when the coordinator says no, or this site has no space', () => {
    const no = answered(status.FAILED_PRECONDITION, 'review the current plan [planNotApproved]');
    assert.deepEqual(
      [isTransient(no), (no as { code?: unknown }).code, no.message],
      [false, 'planNotApproved', 'the coordinator says: review the current plan'],
    );
    assert(!isTransient(new TransportError('diskFull', 'no space here')));
  });
});
