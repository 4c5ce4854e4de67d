import assert from 'node:assert/strict';
import { equalBytes, utf8 } from '#shared/util/bytes';

describe('utf8', () => {
  it('is that of the platform, for short and long text, in ASCII or not', () => {
    for (const text of [
      '',
      'site-1',
      'consilium/v1/share',
      'Zürich',
      'é',
      '😀',
      'a'.repeat(64),
      'a'.repeat(65),
      'ü'.repeat(65),
    ]) {
      assert.deepEqual(utf8(text), new TextEncoder().encode(text), text);
    }
  });
});

describe('equalBytes', () => {
  it('tells another byte at any place, and another length', () => {
    const bytes = utf8('bytes');
    assert.ok(equalBytes(bytes, bytes.slice()));
    assert.ok(equalBytes(new Uint8Array(), new Uint8Array()));
    for (let i = 0; i < bytes.length; i++) assert.ok(!equalBytes(bytes, bytes.with(i, 0)));
    assert.ok(!equalBytes(bytes, bytes.slice(1)) && !equalBytes(bytes.slice(0, 4), bytes));
  });
});
