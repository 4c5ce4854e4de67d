/** Reads the values of a vector's input; a value of another kind than expected fails the case. @module */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { Json, JsonObject } from './vectors.ts';

export function number(value: Json | undefined): number {
  assert(typeof value === 'number', `expected a number, got ${JSON.stringify(value)}`);
  return value;
}

export function text(value: Json | undefined): string {
  assert(typeof value === 'string', `expected text, got ${JSON.stringify(value)}`);
  return value;
}

export function boolean(value: Json | undefined): boolean {
  assert(typeof value === 'boolean', `expected a boolean, got ${JSON.stringify(value)}`);
  return value;
}

export function bytes(value: Json | undefined): Uint8Array {
  const parsed = fromHex(text(value));
  assert(parsed !== undefined, 'expected lowercase hex');
  return parsed;
}

/** Ids in vectors are taken as they are. */
export function site(value: Json | undefined): SiteId {
  return text(value) as SiteId; // a vector may use ids that a roster would not
}

export function object(value: Json | undefined): JsonObject {
  assert(typeof value === 'object' && value !== null && !Array.isArray(value), 'expected an object');
  return value as JsonObject; // Array.isArray does not narrow a readonly list away
}

export function list<T>(value: Json | undefined, read: (item: Json) => T): T[] {
  assert(Array.isArray(value), 'expected a list');
  return (value as readonly Json[]).map(read); // Array.isArray narrows to any[]
}

/** `null` and what is missing are `null`. */
export function nullable<T>(value: Json | undefined, read: (item: Json) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

/** An object keyed by sites. */
export function bySite<T>(value: Json | undefined, read: (item: Json) => T): ReadonlyMap<SiteId, T> {
  return new Map(Object.entries(object(value)).map(([key, item]) => [site(key), read(item)]));
}

export function numbers(value: Json | undefined): number[] {
  return list(value, number);
}

export function sites(value: Json | undefined): SiteId[] {
  return list(value, site);
}

/** Bytes as vectors write them. */
export { toHex as hex };
