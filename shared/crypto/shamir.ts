/**
 * Shamir's secret sharing, byte by byte over GF(2^8), by the audited package `shamir-secret-sharing`. It is asynchronous
 * and draws its own randomness, so dealing and combining are effects that a driver performs, never a step of the
 * protocol. It has no integrity: a tampered share combines silently to a wrong secret, so `secagg/recover` checks every
 * share and every secret against what its dealer signed.
 *
 * @module
 */
import { combine, split } from 'shamir-secret-sharing';
import { ProtocolError } from '../errors.ts';
import { shareProblem } from './share-problem.ts';

/**
 * As many shares as asked for, any `threshold` of which give the secret back; each is the bytes of y and then its index
 * x, one byte from 1 to 255, in no order. `2 <= threshold <= shares <= 255`.
 */
export async function splitSecret(
  secret: Uint8Array,
  shares: number,
  threshold: number,
): Promise<readonly Uint8Array[]> {
  return split(plain(secret), shares, threshold);
}

/**
 * The polynomial through all the shares given, at 0: the secret, if there are enough and all are right.
 *
 * @throws ProtocolError (tooFewShares, shareLength, shareIndexZero, duplicateShare), looked for in this order.
 */
export async function combineShares(shares: readonly Uint8Array[]): Promise<Uint8Array> {
  const problem = shareProblem(shares);
  if (problem !== undefined) throw new ProtocolError(problem, `the shares cannot be combined: ${shares.length} given`);
  return combine(shares.map(plain));
}

/** The package refuses subclasses such as node's Buffer. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes);
}
