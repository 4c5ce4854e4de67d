import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { toStatus } from '#coordinator/rpc/status';
import { Turnstile } from '#coordinator/rpc/turnstile';
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

describe('a turnstile', () => {
  it('lets so many in at a time, in the order in which they came', async () => {
    const turnstile = new Turnstile(2);
    const inside: number[] = [];
    const leave: (() => void)[] = [];
    const passes = [0, 1, 2, 3].map((who) =>
      turnstile.pass(async () => {
        inside.push(who);
        await new Promise<void>((done) => (leave[who] = done));
      }),
    );
    await Promise.resolve();
    assert.deepEqual(inside, [0, 1]);
    leave[1]!();
    await passes[1];
    assert.deepEqual(inside, [0, 1, 2]);
    leave[0]!();
    await passes[0];
    assert.deepEqual(inside, [0, 1, 2, 3]);
    leave[2]!();
    leave[3]!();
    await Promise.all(passes);
  });

  it('gives the place of one that failed to the next', async () => {
    const turnstile = new Turnstile(1);
    await assert.rejects(turnstile.pass(() => Promise.reject(new Error('failed'))));
    assert.equal(await turnstile.pass(() => Promise.resolve(7)), 7);
  });
});
