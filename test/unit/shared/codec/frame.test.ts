import assert from 'node:assert/strict';
import { frame, frameParts, label } from '#shared/codec/frame';
import { concatBytes, toHex } from '#shared/util/bytes';

describe('framing', () => {
  it('writes each part after its length: text in UTF-8, integers in 8 bytes, bytes as they are', () => {
    assert.equal(toHex(frame('é', 258, Uint8Array.of(9))), '00000002c3a900000008000000000000010200000001' + '09');
    assert.equal(toHex(frame()), '');
    assert.equal(toHex(frame('')), '00000000');
  });

  it('tells where one part ends and the next begins', () => {
    assert.notDeepEqual(frame('ab', 'c'), frame('a', 'bc'));
  });

  it('gives its pieces without joining them', () => {
    assert.deepEqual(concatBytes(frameParts('a', 1)), frame('a', 1));
  });

  it('puts the protocol and its version before a label', () => {
    assert.equal(label('share'), 'consilium/v1/share');
  });
});
