/**
 * The one set of BGV parameters that this version has, called `bgv` in a plan, and its bytes as SEAL 4 writes them without
 * compression. A ciphertext whose header is not byte for byte this template is refused before SEAL sees it: SEAL loads one
 * with another correction factor and then rescales a running sum by it. Source: proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import { DecodeError } from '../errors.ts';
import { concatBytes, equalBytes, fromHex } from '../util/bytes.ts';

/** Coefficients of a polynomial, one word of the vector in each. */
export const bgvDegree = 4096;
/** q, the only prime of the ciphertext modulus: 54 bits, where 128-bit security at this degree allows 109. */
export const bgvPrime = 18_014_398_509_309_953n;
/** t. q is odd, so t is invertible modulo q, and security is that of the degree and q alone. */
export const bgvPlainModulus = 2n ** 32n;
/** Noise of one fresh ciphertext, in each coefficient, at most. */
const freshNoise = 22n;

/** SEAL's own hash of the parameters, which it writes into keys and ciphertexts. */
const parametersId = bytesOfHex('d951f7ef2413a705fa710cd77d3c00f97fddaf671d9c2359d057ab5c2c25f88f');
const one = bytesOfHex('000000000000f03f'); // the scale, 1 as a float64; BGV has no other
const coefficientBytes = 8;
const polynomialBytes = coefficientBytes * bgvDegree;
const sealHeaderBytes = 16;
const seedBytes = 64;

/** The parameters in words, for whoever signs them or shows them. */
export const bgvParametersText = `BGV polyModulusDegree=${bgvDegree} coeffModulus=${bgvPrime} plainModulus=${bgvPlainModulus} id=d951f7ef2413a705fa710cd77d3c00f97fddaf671d9c2359d057ab5c2c25f88f`;

/** How something is written: what stands before its polynomials, how many they are, and what stands after them. */
interface BgvShape {
  readonly head: Uint8Array;
  readonly polynomials: number;
  readonly tail: Uint8Array;
  readonly byteLength: number;
}

const generatorBytes = sealHeaderBytes + 1 + seedBytes;
/** A fresh ciphertext of the symmetric key: its second polynomial is the seed that it is made of (BLAKE2xb). */
const uploadShape = shapeOf(
  ciphertextHead(1, generatorBytes),
  1,
  concatBytes([sealHeader(generatorBytes), u8(1)]),
  seedBytes,
);
/** A sum of ciphertexts. */
const sumShape = shapeOf(ciphertextHead(2, 0), 2, new Uint8Array(), 0);
/** A secret key: a polynomial under the parameters' id. */
const keyShape = shapeOf(plaintextHead(parametersId), 1, new Uint8Array(), 0);

/** What stands before the coefficients of a plaintext of full length: its id is zero, for it is not transformed. */
export const bgvPlaintextHead = plaintextHead(new Uint8Array(parametersId.length));

/** Bytes of one ciphertext in an upload: 8.05 a word. */
export const bgvUploadBytes = uploadShape.byteLength;
/** Bytes of one ciphertext in an aggregate: 16.03 a word. */
export const bgvSumBytes = sumShape.byteLength;
/** Bytes of a secret key. */
export const bgvKeyBytes = keyShape.byteLength;

/** Ciphertexts for so many words, the last one filled up with zeros. */
export function bgvCiphertextCount(wordCount: number): number {
  return Math.ceil(wordCount / bgvDegree);
}

/** Whether a sum of so many fresh ciphertexts opens rightly in the worst case: `(22 n + 1) 2^32 < q / 2`. */
export function bgvBearsSites(maxSites: number): boolean {
  return (freshNoise * BigInt(maxSites) + 1n) * bgvPlainModulus * 2n < bgvPrime;
}

/** @throws DecodeError (wrongLength, badFormat, outOfRange) unless the bytes are written as one fresh ciphertext. */
export function expectUploadCiphertext(bytes: Uint8Array): void {
  expectShape(bytes, uploadShape, 'a ciphertext of an upload');
}

/** @throws DecodeError (wrongLength, badFormat, outOfRange) unless the bytes are written as a sum of ciphertexts. */
export function expectSumCiphertext(bytes: Uint8Array): void {
  expectShape(bytes, sumShape, 'a ciphertext of an aggregate');
}

/** @throws DecodeError (wrongLength, badFormat, outOfRange) unless the bytes are written as a secret key. */
export function expectBgvKey(bytes: Uint8Array): void {
  expectShape(bytes, keyShape, 'a BGV key');
}

function expectShape(bytes: Uint8Array, shape: BgvShape, what: string): void {
  const { head, polynomials, tail, byteLength } = shape;
  if (bytes.length !== byteLength)
    throw new DecodeError('wrongLength', `${what}: expected ${byteLength} bytes, got ${bytes.length}`);
  const coefficientsEnd = head.length + polynomials * polynomialBytes;
  const isHead = equalBytes(bytes.subarray(0, head.length), head);
  const isTail = equalBytes(bytes.subarray(coefficientsEnd, coefficientsEnd + tail.length), tail);
  if (!isHead || !isTail)
    throw new DecodeError('badFormat', `${what}: its header is not that of the plan's parameters`);
  if (!areBelowPrime(bytes.subarray(head.length, coefficientsEnd)))
    throw new DecodeError('outOfRange', `${what}: a coefficient is not below the prime`);
}

/** The prime's bits from 48 on. */
const primeTop = Number(bgvPrime >> 48n);

/** The two highest bytes decide for nearly all; a BigInt for each coefficient would cost a hundred times as much. */
function areBelowPrime(coefficients: Uint8Array): boolean {
  const view = new DataView(coefficients.buffer, coefficients.byteOffset, coefficients.byteLength);
  for (let i = 0; i < coefficients.length; i += 8) {
    if (coefficients[i + 7] === 0 && coefficients[i + 6]! < primeTop) continue;
    if (view.getBigUint64(i, true) >= bgvPrime) return false;
  }
  return true;
}

function shapeOf(head: Uint8Array, polynomials: number, tail: Uint8Array, seed: number): BgvShape {
  const byteLength = head.length + polynomials * polynomialBytes + tail.length + seed;
  return { head, polynomials, tail, byteLength };
}

/** SEALHeader, id, isNttForm 1, size 2, degree, primes 1, scale, correction factor 1, then an array of coefficients. */
function ciphertextHead(polynomials: number, after: number): Uint8Array {
  const fields = concatBytes([parametersId, u8(1), u64(2), u64(bgvDegree), u64(1), one, u64(1)]);
  const array = arrayHead(polynomials);
  const whole = sealHeaderBytes + fields.length + array.length + polynomials * polynomialBytes + after;
  return concatBytes([sealHeader(whole), fields, array]);
}

/** SEALHeader, id, number of coefficients (0 in a key, which is transformed), scale, array. */
function plaintextHead(id: Uint8Array): Uint8Array {
  const fields = concatBytes([id, u64(bgvDegree), one]);
  const array = arrayHead(1);
  return concatBytes([sealHeader(sealHeaderBytes + fields.length + array.length + polynomialBytes), fields, array]);
}

function arrayHead(polynomials: number): Uint8Array {
  const count = u64(polynomials * bgvDegree);
  return concatBytes([sealHeader(sealHeaderBytes + count.length + polynomials * polynomialBytes), count]);
}

/** Magic, length of this header, version 4.1, no compression, reserved, bytes of the whole. */
function sealHeader(byteLength: number): Uint8Array {
  return concatBytes([Uint8Array.of(0x5e, 0xa1, sealHeaderBytes, 4, 1, 0, 0, 0), u64(byteLength)]);
}

function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

/** Little-endian. */
function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function bytesOfHex(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}
