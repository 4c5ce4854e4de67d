import assert from 'node:assert/strict';
import {
  DecodeError,
  DependencyError,
  InvariantError,
  ProtocolError,
  TransportError,
  UsageError,
  VerificationError,
} from '#shared/errors';
import { errorLine, exitCodeOf } from '#shared/util/exit-code';

describe('how a program ends', () => {
  it('has one exit code for each culprit', () => {
    assert.deepEqual(
      [
        new UsageError('badConfig', ''),
        new DecodeError('wrongLength', ''),
        new ProtocolError('belowQuorum', ''),
        new VerificationError('badSignature', ''),
        new TransportError('diskFull', ''),
        new DependencyError('noBackend', ''),
        new InvariantError('unreachable', ''),
        new Error(),
      ].map(exitCodeOf),
      [2, 2, 3, 3, 4, 4, 1, 1],
    );
  });

  it('is one line with the code at its end, whatever the message', () => {
    assert.equal(errorLine(new UsageError('badPlan', 'a: wrong\n  b: wrong')), 'a: wrong; b: wrong [badPlan]');
    assert.equal(errorLine('strange'), 'strange [unreachable]');
  });
});
