/**
 * The checks of the gate, one for each kind of field. Each names the field in its refusal and never its value.
 *
 * @module
 */
import { DecodeError } from '../errors.ts';
import { toSiteId } from '../util/ids.ts';
import type { SiteId } from '../util/ids.ts';

/** Sites that a list can name at most, and shares one message can carry (a share index is one byte). */
export const maxListedSites = 1024;

/** `bytes`, which must have this length; a copy, so that the value does not hold on to the transport's buffer. */
export function exactly(length: number, field: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === length) return new Uint8Array(bytes);
  throw new DecodeError('wrongLength', `${field}: expected ${String(length)} bytes, got ${String(bytes.length)}`);
}

/** A copy of `bytes`, which must have `least` to `most` of them. */
export function between(least: number, most: number, field: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= least && bytes.length <= most) return new Uint8Array(bytes);
  throw new DecodeError(
    'wrongLength',
    `${field}: expected ${String(least)} to ${String(most)} bytes, got ${String(bytes.length)}`,
  );
}

/** 32 bytes: a hash, a public key or a context. */
export function hash(field: string, bytes: Uint8Array): Uint8Array {
  return exactly(32, field, bytes);
}

/** 32 bytes, or `null` for none. */
export function hashOrNone(field: string, bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : hash(field, bytes);
}

/** An Ed25519 signature. */
export function signature(field: string, bytes: Uint8Array): Uint8Array {
  return exactly(64, field, bytes);
}

/** A site's id. */
export function site(field: string, text: string): SiteId {
  const id = toSiteId(text);
  if (id !== undefined) return id;
  throw new DecodeError('badFormat', `${field}: expected a site id of 1 to 63 characters a-z, 0-9 and -`);
}

/** Ids of sites, as many as a list can name. Their order and doubles are the protocol's to judge. */
export function sites(field: string, texts: readonly string[]): readonly SiteId[] {
  return list(field, texts, (text) => site(field, text));
}

/** A list of at most `maxListedSites`, each read by `read`. */
export function list<T, U>(field: string, items: readonly T[], read: (item: T) => U): readonly U[] {
  if (items.length <= maxListedSites) return items.map(read);
  throw new DecodeError(
    'outOfRange',
    `${field}: expected at most ${String(maxListedSites)} entries, got ${String(items.length)}`,
  );
}

/** A whole number between `least` and `most`. */
export function whole(least: number, most: number, field: string, value: number | bigint): number {
  if (value >= least && value <= most) return Number(value);
  throw new DecodeError('outOfRange', `${field}: expected a whole number from ${String(least)} to ${String(most)}`);
}

/** The number of a round, from 1. */
export function round(field: string, value: number): number {
  return whole(1, 2 ** 32 - 1, field, value);
}

/** Milliseconds, bytes: a whole number below 2^53. */
export function size(field: string, value: bigint): number {
  return whole(0, Number.MAX_SAFE_INTEGER, field, value);
}

/** Text of at most `most` UTF-16 units. */
export function text(most: number, field: string, value: string): string {
  if (value.length <= most) return value;
  throw new DecodeError('outOfRange', `${field}: expected at most ${String(most)} characters`);
}

/** A message inside a message, which must be there. */
export function present<T>(field: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new DecodeError('missingField', `${field}: is missing`);
}

/** The word for a code's number. */
export function code<T extends string>(numbers: Readonly<Record<T, number>>, field: string, value: number): T {
  for (const word of Object.keys(numbers) as T[]) if (numbers[word] === value) return word; // the keys are T
  throw new DecodeError('unknownEnum', `${field}: ${String(value)} is not one of its codes`);
}
