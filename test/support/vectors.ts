/**
 * Test vectors: what a file holds, how a case is run, and how a result is compared with what is expected.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { ConsiliumError } from '#shared/errors';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface VectorCase {
  readonly name: string;
  readonly input: JsonObject;
  readonly expected: JsonObject;
}

export interface VectorFile {
  readonly suite: string;
  readonly tolerance: Tolerance;
  readonly cases: readonly VectorCase[];
}

/** Answers a case's input with what `expected` is compared with. A refusal is thrown as a `ConsiliumError`. */
export type Operation = (input: JsonObject) => unknown;

/** The operations of a suite by name; a suite with one function has it under `''`. */
export type Suite = Readonly<Record<string, Operation>>;

/** The first place at which a result differs from what is expected. */
export interface Difference {
  readonly path: string;
  readonly got: unknown;
  readonly want: unknown;
}

/** Runs one case. `undefined` if it passed. */
export async function runCase(
  suite: Suite,
  { input, expected }: VectorCase,
  tolerance: Tolerance,
): Promise<Difference | undefined> {
  const name = typeof input['operation'] === 'string' ? input['operation'] : '';
  if (!Object.hasOwn(suite, name)) return { path: 'operation', got: 'unknown operation', want: name };
  const got = await resultOf(() => suite[name]!(input)); // just looked up
  if (isRefusal(got) && !('error' in expected)) return { path: 'error', got: got.error, want: undefined };
  return firstDifference(got, expected, tolerance, '');
}

interface Refused {
  readonly error: string;
  readonly culprits: readonly string[];
}

async function resultOf(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ConsiliumError) return { error: error.code, culprits: error.culprits } satisfies Refused;
    return { error: `threw ${String(error)}`, culprits: [] } satisfies Refused;
  }
}

function isRefusal(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'error' in value;
}

/** Walks `want`: all that is there must be in `got`, which may hold more. */
export function firstDifference(got: unknown, want: Json, tolerance: Tolerance, path: string): Difference | undefined {
  if (isList(want)) return listDifference(got, want, tolerance, path);
  if (typeof want === 'object' && want !== null) return objectDifference(got, want, tolerance, path);
  const same = typeof want === 'number' ? isNear(got, want, tolerance) : isDeepStrictEqual(got, want);
  return same ? undefined : { path, got, want };
}

function objectDifference(got: unknown, want: JsonObject, tolerance: Tolerance, path: string): Difference | undefined {
  if (typeof got !== 'object' || got === null) return { path, got, want };
  const values = got as Readonly<Record<string, unknown>>; // any object can be read by key
  for (const [key, value] of Object.entries(want)) {
    const difference = firstDifference(values[key], value, tolerance, path === '' ? key : `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function listDifference(
  got: unknown,
  want: readonly Json[],
  tolerance: Tolerance,
  path: string,
): Difference | undefined {
  if (!Array.isArray(got)) return { path, got, want };
  if (got.length !== want.length) return { path: `${path}.length`, got: got.length, want: want.length };
  for (const [i, value] of want.entries()) {
    const difference = firstDifference(got[i], value, tolerance, `${path}[${String(i)}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** NaN and infinity match nothing. */
function isNear(got: unknown, want: number, { absolute, relative }: Tolerance): boolean {
  return (
    typeof got === 'number' && Number.isFinite(got) && Math.abs(got - want) <= absolute + relative * Math.abs(want)
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
