import assert from 'node:assert/strict';
import { release, spent } from '#coordinator/store/garbage';

describe('the memory of bulk bytes', () => {
  it('is given back at once when it is theirs alone, with a short head before them', () => {
    const message = new Uint8Array(100_010);
    const chunk = message.subarray(10);
    release(chunk);
    assert.deepEqual([chunk.length, message.length], [0, 0]);
    const words = new Uint32Array(20_000);
    release(words);
    assert.equal(words.length, 0);
  });

  it('stays where others may lie beside them', () => {
    const small = new Uint8Array(1000);
    const shared = new Uint8Array(1 << 20);
    release(small);
    release(shared.subarray(0, 1 << 19));
    assert.deepEqual([small.length, shared.length], [1000, 1 << 20]);
  });

  it('is collected without harm to what is still held', () => {
    const held = new Uint8Array(100_000).fill(7);
    for (let i = 0; i < 100; i++) spent(1 << 20);
    assert(held.every((byte) => byte === 7));
  });
});
