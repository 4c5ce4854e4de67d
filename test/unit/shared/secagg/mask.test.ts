import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import {
  addMasks,
  keystreamWords,
  maskAdder,
  maskUpload,
  oppositeMasks,
  pairwiseMask,
  removeMasks,
  selfMask,
} from '#shared/secagg/mask';
import type { Mask } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { masksOf, masksOnSum, sumOfWords } from '../../../support/masking.ts';
import { bytesOf, maskingSites } from '../../../support/secrets.ts';

const transcript = bytesOf('T1');
const masks: readonly Mask[] = [
  { seed: bytesOf('one'), sign: 1 },
  { seed: bytesOf('two'), sign: -1 },
  { seed: bytesOf('three'), sign: 1 },
];

describe('masks', () => {
  it('come off again as they went on, over several chunks and at both ends of the range', () => {
    const words = Uint32Array.from({ length: 40_003 }, (_, i) => (i % 3 === 0 ? 2 ** 32 - 1 - i : i));
    const masked = maskUpload(nodeCrypto, words, masks, 32);
    assert.notDeepEqual(masked, words);
    assert.deepEqual(removeMasks(nodeCrypto, masked, masks, 32), words);
  });

  it('are added word by word modulo 2^m', () => {
    const words = Uint32Array.of(5, 2 ** 20 - 1, 0);
    const [a, b, c] = masks.map(({ seed }) => keystreamWords(nodeCrypto, seed, 3, 32));
    const expected = [...words].map((x, i) =>
      Number(BigInt.asUintN(20, BigInt(x) + BigInt(a![i]!) - BigInt(b![i]!) + BigInt(c![i]!))),
    );
    assert.deepEqual([...maskUpload(nodeCrypto, words, masks, 20)], expected);
  });

  it('leave the vector that they are put on as it is', () => {
    const words = Uint32Array.of(1, 2, 3);
    maskUpload(nodeCrypto, words, masks, 24);
    assert.deepEqual(words, Uint32Array.of(1, 2, 3));
  });

  it('can be put on and taken off part by part', () => {
    const whole = new Uint32Array(100);
    addMasks(nodeCrypto, whole, masks);
    const parts = new Uint32Array(100);
    addMasks(nodeCrypto, parts.subarray(0, 40), masks);
    addMasks(nodeCrypto, parts.subarray(40), masks, 40);
    assert.deepEqual(parts, whole);
    assert.deepEqual(removeMasks(nodeCrypto, whole.subarray(40), masks, 32, 40), new Uint32Array(60));
  });

  it('go on part by part through one set of streams, whatever the parts', () => {
    const whole = new Uint32Array(40_003);
    addMasks(nodeCrypto, whole, masks);
    const parts = new Uint32Array(40_003);
    const add = maskAdder(nodeCrypto, masks);
    for (const [from, end] of [
      [0, 5],
      [5, 20_000],
      [20_000, 40_003],
    ] as const) {
      add(parts.subarray(from, end));
    }
    assert.deepEqual(parts, whole);
    const rest = new Uint32Array(3);
    maskAdder(nodeCrypto, masks, 40_000)(rest);
    assert.deepEqual(rest, whole.subarray(40_000));
  });

  it('cancel with their opposites', () => {
    const words = Uint32Array.of(7, 8, 9);
    addMasks(nodeCrypto, words, [...masks, ...oppositeMasks(masks)]);
    assert.deepEqual(words, Uint32Array.of(7, 8, 9));
  });

  it('have the same seed and opposite signs at the two ends of a pair', () => {
    const [a, b] = maskingSites(nodeCrypto, 2);
    const ends = [
      [a!, b!],
      [b!, a!],
    ] as const;
    const [atA, atB] = ends.map(([site, peer]) =>
      pairwiseMask(nodeCrypto, {
        transcript,
        site: site.id,
        peer: peer.id,
        maskPrivateKey: site.maskPrivateKey,
        peerMaskPublicKey: peer.maskPublicKey,
      }),
    );
    assert.deepEqual(atA!.seed, atB!.seed);
    assert.deepEqual([atA!.sign, atB!.sign], [1, -1]);
  });

  it('leave the sum of the survivors when two of five sites are lost', () => {
    const sites = maskingSites(nodeCrypto, 5);
    const vectors = sites.map((_, i) => Uint32Array.of(2 ** i, 100 * i));
    const uploads = sites.map((site, i) =>
      maskUpload(nodeCrypto, vectors[i]!, masksOf(nodeCrypto, transcript, site, sites), 24),
    );
    const isSurvivor = (_: unknown, i: number): boolean => i !== 1 && i !== 3;
    const dropouts = sites.filter((site, i) => !isSurvivor(site, i));
    const left = masksOnSum(nodeCrypto, transcript, sites.filter(isSurvivor), dropouts);
    const sum = removeMasks(nodeCrypto, sumOfWords(uploads.filter(isSurvivor)), left, 24);
    assert.deepEqual([...sum], [1 + 4 + 16, 600]);
  });
});

describe('mask seeds', () => {
  it('are all different over sites, pairs, attempts and rounds', () => {
    const seeds = ['round 1, attempt 0', 'round 1, attempt 1', 'round 2, attempt 0'].flatMap((attempt) => {
      const sites = maskingSites(nodeCrypto, 4);
      return sites.flatMap((site) =>
        masksOf(nodeCrypto, bytesOf(attempt), site, sites)
          .filter(({ sign }) => sign === 1)
          .map(({ seed }) => toHex(seed)),
      );
    });
    const selfMasksAndPairs = 4 + (4 * 3) / 2;
    assert.equal(seeds.length, 3 * selfMasksAndPairs);
    assert.equal(new Set(seeds).size, seeds.length);
  });

  it('do not depend on private keys and seeds alone: the same b gives two sites two masks', () => {
    const [a, b] = maskingSites(nodeCrypto, 2);
    const seed = bytesOf('b');
    assert.notDeepEqual(selfMask(nodeCrypto, transcript, a!.id, seed), selfMask(nodeCrypto, transcript, b!.id, seed));
  });

  it('give two segments of a vector two parts of a stream that share no window', () => {
    const words = keystreamWords(nodeCrypto, bytesOf('seed'), 20_000, 32);
    const pairs = Array.from({ length: words.length - 1 }, (_, i) => `${String(words[i])},${String(words[i + 1])}`);
    assert.equal(new Set(pairs).size, pairs.length);
  });
});
