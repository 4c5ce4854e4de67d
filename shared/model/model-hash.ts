/** What the sites sign after every round. @module */
import { frame, frameParts, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import type { Model } from './apply.ts';
import { bytesOf } from '../util/bytes.ts';

/**
 * `H(F(label "model", round, weights, momentum, secondMoment))`, the arrays as little-endian float32: all that the fold
 * carries, so that models with one hash stay equal under every further aggregate.
 */
export function modelHash(crypto: Crypto, { round, weights, momentum, secondMoment }: Model): Uint8Array {
  return crypto.sha256(
    frame(label('model'), round),
    ...frameParts(bytesOf(weights), bytesOf(momentum), bytesOf(secondMoment)),
  );
}
