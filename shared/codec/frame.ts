/**
 * Framing, the one way in which values become bytes that are hashed or signed: each part as a 32-bit big-endian length
 * and then its bytes. Text is UTF-8, integers are 8 bytes big-endian.
 *
 * @module
 */
import { utf8 } from '../util/bytes.ts';

/** A part of a frame: text, an integer below 2^53, or bytes. */
export type Part = string | number | Uint8Array;

/** `F(a, b, ...)`: every part with its length before it. A round frames its lists many times, so in one pass. */
export function frame(...parts: readonly Part[]): Uint8Array {
  const bytes = parts.map(partBytes);
  const out = new Uint8Array(bytes.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of bytes) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

/** The pieces of a frame, not joined: for hashing large parts without a copy. */
export function frameParts(...parts: readonly Part[]): readonly Uint8Array[] {
  return parts.flatMap((part) => withLength(partBytes(part)));
}

/** The label `consilium/v1/name`, one for each type of message or hash. */
export function label(name: string): string {
  return `consilium/v1/${name}`;
}

function partBytes(part: Part): Uint8Array {
  if (typeof part === 'string') return utf8(part);
  if (typeof part !== 'number') return part;
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(part));
  return out;
}

function withLength(bytes: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return [length, bytes];
}
