import assert from 'node:assert/strict';
import type { SealLibrary } from '#shared/crypto/bgv';
import { bgvDegree } from '#shared/crypto/bgv-format';
import { nodeCrypto } from '#shared/crypto/node';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import { aggregateLength } from '#shared/secagg/upload-cut';
import { cipherFor, dataKeyFor, encryptions } from '../../../../support/ciphers.ts';
import type { Encryption } from '../../../../support/ciphers.ts';
import { bytesOf, siteId } from '../../../../support/secrets.ts';
import { loadSeal } from '../../../../support/seal.ts';

const site = siteId('north');
const context = bytesOf('ctx');
const wordCount = bgvDegree + 16;

function wordsOf(name: string): Uint32Array {
  const words = new Uint32Array(wordCount);
  nodeCrypto.keystream(bytesOf(name)).fill(words);
  return words;
}

describe('a cipher', () => {
  let seal: SealLibrary;
  let keys: ReadonlyMap<Encryption, Uint8Array | null>;

  before(async () => {
    ({ seal } = await loadSeal());
    keys = new Map(encryptions.map((encryption) => [encryption, dataKeyFor(encryption, seal)]));
  });

  /** What one site encrypts, alone in its sum, as an aggregate; and how it opens under `use`. */
  function roundTrip(
    encryption: Encryption,
    words: Uint32Array,
    use: { context?: Uint8Array; dataKey?: Uint8Array | null },
  ): Uint32Array {
    const cipher = cipherFor(encryption, 32, seal);
    const dataKey = keys.get(encryption) ?? null;
    const encryptor = cipher.encryptor({ dataKey, context, site });
    const chunk = encryptor.encrypt(words.slice());
    cipher.check(chunk, words.length);
    const sum = cipher.sum(words.length);
    sum.addInto(chunk);
    const opener = cipher.opener({ dataKey, context, u3: [site], ...use });
    const opened = opener.open(sum.bytes(), words.length);
    for (const part of [encryptor, sum, opener, cipher]) part.dispose();
    return opened;
  }

  for (const encryption of encryptions) {
    it(`opens what it encrypted, ${encryption}`, () => {
      assert.deepEqual(roundTrip(encryption, wordsOf('a'), {}), wordsOf('a'));
    });

    it(`refuses a chunk of another length, ${encryption}`, () => {
      const cipher = cipherFor(encryption, 32, seal);
      const encryptor = cipher.encryptor({ dataKey: keys.get(encryption) ?? null, context, site });
      const chunk = encryptor.encrypt(wordsOf('a'));
      const sum = cipher.sum(wordCount);
      for (const wrong of [chunk.subarray(1), new Uint8Array(), new Uint8Array([...chunk, 0])]) {
        assert.throws(
          () => {
            cipher.check(wrong, wordCount);
          },
          { code: 'wrongLength' },
        );
        assert.throws(
          () => {
            sum.addInto(wrong);
          },
          { code: 'wrongLength' },
        );
      }
      for (const part of [encryptor, sum, cipher]) part.dispose();
    });

    it(`refuses an aggregate of another length, ${encryption}`, () => {
      const cipher = cipherFor(encryption, 32, seal);
      const opener = cipher.opener({ dataKey: keys.get(encryption) ?? null, context, u3: [site] });
      const length = aggregateLength({ encryption }, wordCount);
      for (const wrong of [length - 1, length + 1, 0]) {
        assert.throws(() => opener.open(new Uint8Array(wrong), wordCount), { code: 'wrongLength' });
      }
      for (const part of [opener, cipher]) part.dispose();
    });
  }

  for (const encryption of ['stream', 'bgv'] as const) {
    it(`opens nothing with another key, ${encryption}`, () => {
      const other = encryption === 'stream' ? bytesOf('another key') : dataKeyFor('bgv', seal);
      const opened =
        encryption === 'stream' ? roundTrip('stream', wordsOf('a'), { dataKey: other }) : openedWith(other);
      let same = 0;
      for (const [i, word] of wordsOf('a').entries()) if (opened[i] === word) same += 1;
      assert(same < 4);
    });

    it(`needs a data key, ${encryption}`, () => {
      const cipher = cipherFor(encryption, 32, seal);
      assert.throws(() => cipher.encryptor({ dataKey: null, context, site }), { code: 'unreachable' });
      assert.throws(() => cipher.opener({ dataKey: null, context, u3: [site] }), { code: 'unreachable' });
      cipher.dispose();
    });
  }

  /** Another key leaves noise after the last word too, so a short sum is refused; a full one is noise. */
  function openedWith(dataKey: Uint8Array | null): Uint32Array {
    assert.throws(() => roundTrip('bgv', wordsOf('a'), { dataKey }), { code: 'nonCanonical' });
    return roundTrip('bgv', wordsOf('a').slice(0, bgvDegree), { dataKey });
  }

  it('opens nothing under another ctx or without one of the sites, stream', () => {
    assert.notDeepEqual(roundTrip('stream', wordsOf('a'), { context: bytesOf('other') }), wordsOf('a'));
    const cipher = cipherFor('stream', 32, seal);
    const dataKey = keys.get('stream') ?? null;
    const encrypted = cipher.encryptor({ dataKey, context, site }).encrypt(wordsOf('a'));
    const opened = cipher.opener({ dataKey, context, u3: [] }).open(encrypted, wordCount);
    assert.notDeepEqual(opened, wordsOf('a'));
  });

  it('goes on in the stream from part to part', () => {
    const cipher = cipherFor('stream', 32, seal);
    const use = { dataKey: keys.get('stream') ?? null, context, site };
    const whole = cipher.encryptor(use).encrypt(wordsOf('a'));
    const parts = cipher.encryptor(use);
    const first = parts.encrypt(wordsOf('a').slice(0, 104));
    const second = parts.encrypt(wordsOf('a').slice(104));
    assert.deepEqual(new Uint8Array([...first, ...second]), whole);
  });

  it('refuses a bit after the last word where words are narrow', () => {
    const cipher = cipherFor('none', 18, seal);
    const chunk = new Uint8Array(Math.ceil((9 * 18) / 8));
    cipher.check(chunk, 9);
    chunk[chunk.length - 1]! |= 0x80;
    assert.throws(
      () => {
        cipher.check(chunk, 9);
      },
      { code: 'nonCanonical' },
    );
  });

  it('refuses a bgv sum with something after its last word', () => {
    const cipher = cipherFor('bgv', 32, seal);
    const use = { dataKey: keys.get('bgv') ?? null, context };
    const full = cipher.encryptor({ ...use, site });
    const sum = cipher.sum(bgvDegree);
    sum.addInto(full.encrypt(wordsOf('a').slice(0, bgvDegree)));
    const opener = cipher.opener({ ...use, u3: [site] });
    assert.throws(() => opener.open(sum.bytes(), bgvDegree - 1), { code: 'nonCanonical' });
    assert.equal(opener.open(sum.bytes(), bgvDegree).length, bgvDegree);
    for (const part of [full, sum, opener, cipher]) part.dispose();
  });

  it('is none without SEAL where the plan says bgv', () => {
    const parameters = { encryption: 'bgv', modulusBits: 32 } as const;
    assert.throws(() => cipherOf({ crypto: nodeCrypto, parameters, bgv: null }), { code: 'unreachable' });
  });
});
