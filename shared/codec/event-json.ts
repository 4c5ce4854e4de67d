/**
 * A journal's event as one line of JSON and back, exactly: bytes are `{"$bytes": base64}`, everything else is plain JSON
 * data, and nothing that this would change (undefined, a date, a number that is not finite, a key with a dollar) is let in.
 *
 * @module
 */
import { DecodeError, UsageError } from '../errors.ts';
import { fromBase64, toBase64 } from '../util/base64.ts';

const bytesKey = '$bytes';

/** `event` as one line. @throws UsageError (badArgument) if a part of it would not come back as it is. */
export function encodeEvent(event: { readonly kind: string }): string {
  return JSON.stringify(toJson(event));
}

/**
 * The event of a line, whose kind must be one of the keys of `kinds`. The fields are as they were written: a journal is read by the
 * program that wrote it.
 *
 * @throws DecodeError (badFormat) if the line is not such an event.
 */
export function decodeEvent<E extends { readonly kind: string }>(
  kinds: Readonly<Record<E['kind'], true>>,
  line: string,
): E {
  const value = fromJson(parse(line));
  if (isRecord(value) && typeof value['kind'] === 'string' && Object.hasOwn(kinds, value['kind'])) return value as E; // by its kind
  throw new DecodeError('badFormat', 'journal: a line is no event of this journal');
}

function toJson(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (value instanceof Uint8Array) return { [bytesKey]: toBase64(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [plainKey(key), toJson(item)]));
  throw new UsageError('badArgument', `journal: an event holds a ${typeof value} that JSON would change`);
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isRecord(value)) return value;
  if (bytesKey in value) return bytesOf(value[bytesKey]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
}

function bytesOf(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined;
  if (bytes !== undefined) return bytes;
  throw new DecodeError('badFormat', 'journal: a line holds bytes that are not base64');
}

function plainKey(key: string): string {
  if (!key.startsWith('$')) return key;
  throw new UsageError('badArgument', 'journal: an event holds a key that begins with a dollar');
}

/** An object literal, not an instance of a class. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DecodeError('badFormat', 'journal: a line is not JSON', { cause });
  }
}
