import assert from 'node:assert/strict';
import { Bgv } from '#shared/crypto/bgv';
import type { BgvKey, BgvSum } from '#shared/crypto/bgv';
import {
  bgvBearsSites,
  bgvDegree,
  bgvKeyBytes,
  bgvPrime,
  bgvSumBytes,
  bgvUploadBytes,
  expectUploadCiphertext,
} from '#shared/crypto/bgv-format';
import { nodeCrypto } from '#shared/crypto/node';
import { toHex } from '#shared/util/bytes';
import { bytesOf } from '../../../support/secrets.ts';
import { loadSeal } from '../../../support/seal.ts';
import type { LoadedSeal } from '../../../support/seal.ts';

/** Full words, the same in every run. */
function wordsOf(name: string, length = bgvDegree): Uint32Array {
  const words = new Uint32Array(length);
  nodeCrypto.keystream(bytesOf(name)).fill(words);
  return words;
}

function added(a: Uint32Array, b: Uint32Array, sign = 1): Uint32Array {
  return a.map((word, i) => word + sign * b[i]!); // stored modulo 2^32
}

/** Where things stand in a ciphertext: 16 bytes of SEAL's header, then the fields in this order. */
const fieldsAt = { parametersId: 16, isNttForm: 48, size: 49, degree: 57, primes: 65, scale: 73, correction: 81 };
const headBytes = 113;

describe('BGV', () => {
  let loaded: LoadedSeal;
  let bgv: Bgv;
  let keyBytes: Uint8Array;
  let key: BgvKey;
  let sum: BgvSum;

  before(async () => {
    loaded = await loadSeal();
    bgv = new Bgv(loaded.seal);
    keyBytes = bgv.makeKey();
    key = bgv.key(keyBytes);
    sum = bgv.sum();
  });
  after(() => {
    sum.dispose();
    key.dispose();
    bgv.dispose();
  });
  beforeEach(() => {
    sum.clear();
  });

  it('opens the exact sum modulo 2^32 of 150 ciphertexts of full words, with a plaintext taken off', () => {
    let expected: Uint32Array = new Uint32Array(bgvDegree);
    for (let i = 0; i < 150; i++) {
      const words = wordsOf(`site ${String(i)}`);
      expected = added(expected, words);
      sum.addInto(key.encrypt(words));
    }
    const mask = wordsOf('masks');
    sum.subtract(mask);
    assert.deepEqual(key.open(sum.bytes()), added(expected, mask, -1));
  });

  it('opens the greatest words and zeros', () => {
    for (const word of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      sum.clear();
      const words = new Uint32Array(bgvDegree).fill(word);
      sum.addInto(key.encrypt(words));
      sum.addInto(key.encrypt(words));
      assert.deepEqual(key.open(sum.bytes()), added(words, words));
    }
  });

  it('fills a short last ciphertext up with zeros, whatever was encrypted before it', () => {
    key.encrypt(wordsOf('before'));
    const words = wordsOf('short', 5);
    sum.addInto(key.encrypt(words));
    const opened = key.open(sum.bytes());
    assert.deepEqual(opened.slice(0, 5), words);
    assert(opened.subarray(5).every((word) => word === 0));
  });

  it('has the sizes that the plan counts with', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    sum.addInto(ciphertext);
    assert.deepEqual(
      [keyBytes.length, ciphertext.length, sum.bytes().length],
      [bgvKeyBytes, bgvUploadBytes, bgvSumBytes],
    );
  });

  it('encrypts the same words to other bytes every time', () => {
    const words = wordsOf('a');
    const [one, other] = [key.encrypt(words), key.encrypt(words)];
    let same = 0;
    for (let i = headBytes; i < one.length; i++) if (one[i] === other[i]) same += 1;
    assert(same < one.length / 7); // the highest byte of each coefficient is zero
  });

  it('opens noise with another key', () => {
    const other = bgv.key(bgv.makeKey());
    sum.addInto(key.encrypt(new Uint32Array(bgvDegree)));
    const opened = other.open(sum.bytes());
    other.dispose();
    assert(new Set(opened).size > bgvDegree / 2);
  });

  it('keeps a key as bytes, and makes another every time', () => {
    const again = bgv.key(keyBytes);
    sum.addInto(key.encrypt(wordsOf('a')));
    assert.deepEqual(again.open(sum.bytes()), wordsOf('a'));
    again.dispose();
    assert.notDeepEqual(bgv.makeKey(), keyBytes);
  });

  it('draws from the platform in every instance: a fresh one repeats neither keys nor seeds', async () => {
    const drawn = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const instance = new Bgv((await loadSeal()).seal);
      const made = instance.makeKey();
      const own = instance.key(made);
      drawn.add(toHex(made)).add(toHex(own.encrypt(new Uint32Array(1)).slice(-64)));
      own.dispose();
      instance.dispose();
    }
    assert.equal(drawn.size, 6);
  });

  it("takes node's buffers for bytes", () => {
    const buffered = bgv.key(Buffer.from(keyBytes));
    sum.addInto(Buffer.from(key.encrypt(wordsOf('a'))));
    assert.deepEqual(buffered.open(Buffer.from(sum.bytes())), wordsOf('a'));
    expectUploadCiphertext(Buffer.from(key.encrypt(wordsOf('a'))));
    buffered.dispose();
  });

  it('refuses every truncation and every extension before SEAL sees it', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    sum.addInto(ciphertext);
    const total = sum.bytes();
    for (let length = 0; length < ciphertext.length; length += length < 300 ? 1 : 997) {
      assert.throws(
        () => {
          expectUploadCiphertext(ciphertext.subarray(0, length));
        },
        { code: 'wrongLength' },
      );
      assert.throws(
        () => {
          sum.addInto(ciphertext.subarray(0, length));
        },
        { code: 'wrongLength' },
      );
      assert.throws(() => key.open(total.subarray(0, length)), { code: 'wrongLength' });
      assert.throws(() => bgv.key(keyBytes.subarray(0, length)), { code: 'wrongLength' });
    }
    assert.throws(
      () => {
        expectUploadCiphertext(new Uint8Array([...ciphertext, 0]));
      },
      { code: 'wrongLength' },
    );
    assert.deepEqual(key.open(sum.bytes()), wordsOf('a'));
  });

  it('refuses every flipped bit of a header, at its beginning and before its seed, and takes the sum no further', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    sum.addInto(ciphertext);
    const seedHead = bgvUploadBytes - 81;
    const places = [...Array(headBytes).keys(), ...Array.from({ length: 17 }, (_, i) => seedHead + i)];
    for (const place of places) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = ciphertext.slice();
        flipped[place]! ^= 1 << bit;
        assert.throws(
          () => {
            expectUploadCiphertext(flipped);
          },
          { code: 'badFormat' },
        );
        assert.throws(
          () => {
            sum.addInto(flipped);
          },
          { code: 'badFormat' },
        );
      }
    }
    assert.deepEqual(key.open(sum.bytes()), wordsOf('a'));
  });

  it('refuses another correction factor, which SEAL itself loads and which would eat up the noise budget of all', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    const doctored = ciphertext.slice();
    new DataView(doctored.buffer).setBigUint64(fieldsAt.correction, 0x1234_5677n, true);
    const { seal } = loaded;
    const parameters = new seal.EncryptionParameters(seal.SchemeType.bgv);
    parameters.setPolyModulusDegree(bgvDegree);
    const primes = seal.CoeffModulus.Create(bgvDegree, Int32Array.of(54));
    parameters.setCoeffModulus(primes);
    const plain = new seal.Modulus(2n ** 32n);
    parameters.setPlainModulus(plain);
    const context = new seal.SEALContext(parameters, true, seal.SecLevelType.tc128);
    const taken = new seal.Ciphertext();
    taken.loadFromArray(context, doctored);
    for (const object of [taken, context, plain, primes, parameters]) object.delete();
    assert.throws(
      () => {
        expectUploadCiphertext(doctored);
      },
      { code: 'badFormat' },
    );
    sum.addInto(ciphertext);
    assert.throws(
      () => {
        sum.addInto(doctored);
      },
      { code: 'badFormat' },
    );
    assert.throws(() => key.open(withCorrection(sum.bytes())), { code: 'badFormat' });
  });

  it('refuses a coefficient that is not below the prime, the first and the last', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    for (const at of [headBytes, headBytes + 8 * (bgvDegree - 1)]) {
      const greatest = withCoefficient(ciphertext, at, bgvPrime - 1n);
      expectUploadCiphertext(greatest);
      for (const value of [bgvPrime, 2n ** 54n, 2n ** 64n - 1n]) {
        const beyond = withCoefficient(ciphertext, at, value);
        assert.throws(
          () => {
            expectUploadCiphertext(beyond);
          },
          { code: 'outOfRange' },
        );
        assert.throws(
          () => {
            sum.addInto(beyond);
          },
          { code: 'outOfRange' },
        );
      }
    }
  });

  it('is loaded by SEAL whenever its format is right, whatever its coefficients and its seed are', () => {
    const ciphertext = key.encrypt(wordsOf('a'));
    for (let i = 0; i < 100; i++) {
      const random = ciphertext.slice();
      random.set(wordsAsBytes(`body ${String(i)}`, 8 * bgvDegree), headBytes);
      random.set(wordsAsBytes(`seed ${String(i)}`, 64), bgvUploadBytes - 64);
      const view = new DataView(random.buffer);
      for (let at = headBytes; at < headBytes + 8 * bgvDegree; at += 8) {
        view.setBigUint64(at, view.getBigUint64(at, true) % bgvPrime, true);
      }
      expectUploadCiphertext(random);
      sum.addInto(random);
    }
    assert.equal(sum.bytes().length, bgvSumBytes);
  });

  it('goes on after what it refused', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array(bgvUploadBytes), wordsAsBytes('noise', bgvUploadBytes)]) {
      assert.throws(() => {
        expectUploadCiphertext(bytes);
      });
    }
    sum.addInto(key.encrypt(wordsOf('a')));
    assert.deepEqual(key.open(sum.bytes()), wordsOf('a'));
  });

  it('gives all memory back: it does not grow over hundreds of ciphertexts and dozens of keys', () => {
    const words = wordsOf('a');
    const work = (): void => {
      const one = bgv.key(keyBytes);
      const total = bgv.sum();
      for (let i = 0; i < 4; i++) total.addInto(one.encrypt(words));
      total.subtract(words);
      one.open(total.bytes());
      total.dispose();
      one.dispose();
    };
    for (let i = 0; i < 5; i++) work();
    const before = loaded.memoryBytes();
    for (let i = 0; i < 60; i++) work();
    for (let i = 0; i < 200; i++) expectUploadCiphertext(key.encrypt(words));
    assert(before > 0);
    assert.equal(loaded.memoryBytes(), before);
  });

  it('bears the noise of 95,000 sites in the worst case, and no more than it can', () => {
    assert(bgvBearsSites(95_000));
    assert(!bgvBearsSites(96_000));
  });
});

function withCorrection(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed[fieldsAt.correction]! ^= 2;
  return changed;
}

function withCoefficient(bytes: Uint8Array, at: number, value: bigint): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setBigUint64(at, value, true);
  return changed;
}

function wordsAsBytes(name: string, length: number): Uint8Array {
  return new Uint8Array(wordsOf(name, Math.ceil(length / 4)).buffer, 0, length);
}
