import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { keystreamWords } from '#shared/secagg/mask';
import { uniformSource } from '#shared/secagg/uniform-source';
import { bytesOf } from '../../../support/secrets.ts';

describe('uniform source', () => {
  it('gives the words of the keystream over 2^32, in pieces as in one', () => {
    const seed = bytesOf('seed');
    const expected = [...keystreamWords(nodeCrypto, seed, 10, 32)].map((word) => word / 2 ** 32);
    const source = uniformSource(nodeCrypto, seed);
    const numbers = new Float64Array(10);
    source(numbers.subarray(0, 3));
    source(numbers.subarray(3, 10));
    assert.deepEqual([...numbers], expected);
  });

  it('begins at any number of the whole', () => {
    const whole = new Float64Array(30);
    uniformSource(nodeCrypto, bytesOf('seed'))(whole);
    for (const first of [0, 1, 3, 4, 22]) {
      const part = new Float64Array(30 - first);
      uniformSource(nodeCrypto, bytesOf('seed'), first)(part);
      assert.deepEqual(part, whole.subarray(first));
    }
  });

  it('fills the unit interval evenly and never reaches 1', () => {
    const numbers = new Float64Array(160_000);
    uniformSource(nodeCrypto, bytesOf('seed'))(numbers);
    const counts = new Array<number>(16).fill(0);
    for (const number of numbers) counts[Math.floor(number * 16)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.equal(counts.length, 16);
    assert(chiSquare < 50, String(chiSquare)); // 15 degrees of freedom: beyond 50 once in 80,000 seeds
  });
});
