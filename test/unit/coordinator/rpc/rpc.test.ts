import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { toStatus } from '#coordinator/rpc/status';
import {
  DecodeError,
  DependencyError,
  InvariantError,
  ProtocolError,
  TransportError,
  UsageError,
  VerificationError,
} from '#shared/errors';

describe('the status of an error', () => {
  for (const [error, code] of [
    [new UsageError('badPlan', 'what'), status.INVALID_ARGUMENT],
    [new DecodeError('wrongLength', 'what'), status.INVALID_ARGUMENT],
    [new ProtocolError('tokenUsed', 'what'), status.FAILED_PRECONDITION],
    [new VerificationError('badSignature', 'what'), status.UNAUTHENTICATED],
    [new TransportError('diskFull', 'what'), status.UNAVAILABLE],
  ] as const) {
    it(`is ${status[code]} for a ${error.name}, with its sentence and its code`, () => {
      assert.deepEqual([toStatus(error).code, toStatus(error).details], [code, `what [${error.code}]`]);
    });
  }

  for (const error of [
    new InvariantError('unreachable', 'secret'),
    new DependencyError('outOfMemory', 'secret'),
    new Error('secret'),
  ]) {
    it(`is INTERNAL for a ${error.name}, and says nothing of it`, () => {
      assert.equal(toStatus(error).code, status.INTERNAL);
      assert(!toStatus(error).details.includes('secret'));
    });
  }
});
