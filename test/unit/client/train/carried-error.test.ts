import assert from 'node:assert/strict';
import { carried, revived } from '#client/train/carried-error';
import { DecodeError, DependencyError, UsageError } from '#shared/errors';

describe('carried-error', () => {
  it('keeps the class, code and sentence of a usage error', () => {
    const back = revived(structuredClone(carried(new UsageError('noUsableRows', 'give more'))));
    assert(back instanceof UsageError);
    assert.equal(back.code, 'noUsableRows');
    assert.equal(back.message, 'give more');
  });

  it('blames the platform for what is not the caller’s mistake', () => {
    for (const error of [new DependencyError('noBackend', 'none'), new DecodeError('badFormat', 'none')]) {
      const back = revived(carried(error));
      assert(back instanceof DependencyError);
      assert.equal(back.code, error.code);
    }
  });

  it('carries what is not ours as a plain error', () => {
    assert.equal(revived(carried(new TypeError('x is not a function'))).message, 'x is not a function');
    assert.equal(revived(carried('thrown text')).message, 'thrown text');
  });
});
