/**
 * JSON in one spelling (RFC 8785): no spaces, keys sorted by UTF-16 code units, numbers as ECMAScript prints them. What
 * is hashed or signed as JSON is written by `canonicalJson` and read by `parseCanonicalJson`, which refuses every other
 * spelling of the same value.
 *
 * @module
 */
import { DecodeError, UsageError } from '../errors.ts';
import { equalBytes, utf8 } from '../util/bytes.ts';

/** Plain JSON data. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * `value` as canonical JSON in UTF-8.
 *
 * @throws UsageError (badArgument) if it holds anything but plain objects, lists, finite numbers, Unicode texts, booleans and null.
 */
export function canonicalJson(value: unknown): Uint8Array {
  return utf8(write(value));
}

/** The value of canonical bytes. @throws DecodeError (badFormat) if it is not JSON, (nonCanonical) if it is spelled otherwise. */
export function parseCanonicalJson(bytes: Uint8Array): JsonValue {
  const value = parse(bytes);
  if (!equalBytes(canonicalJson(value), bytes))
    throw new DecodeError('nonCanonical', 'canonical JSON: the same value has another spelling');
  return value;
}

/** Whether a value is JSON all the way down. */
export function isJson(value: unknown): value is JsonValue {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isJson);
  return isPlain(value) && Object.entries(value).every(([key, item]) => isJson(key) && isJson(item));
}

function parse(bytes: Uint8Array): JsonValue {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    if (isJson(value)) return value;
  } catch (cause) {
    throw new DecodeError('badFormat', 'canonical JSON: the bytes are not JSON in UTF-8', { cause });
  }
  throw new DecodeError('badFormat', 'canonical JSON: a text holds half of a surrogate pair');
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (isPlain(value)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${write(key)}:${write(item)}`).join(',')}}`;
  }
  if (isJson(value)) return JSON.stringify(value);
  throw new UsageError(
    'badArgument',
    `canonical JSON: cannot hold a ${typeof value} that is no finite number or Unicode text`,
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
