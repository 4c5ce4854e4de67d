/**
 * The safetensors format: an 8-byte little-endian length, a JSON header of that length, and the tensors' bytes. Float32
 * only, but for published checkpoints. What the format allows and a model does not need is refused: holes, overlaps,
 * other types, unknown keys.
 *
 * Source: https://github.com/huggingface/safetensors, README, "Format".
 *
 * @module
 */
import { DecodeError } from '#shared/errors';
import { concatBytes, utf8 } from '#shared/util/bytes';
import { checkpointTypes, type NumberType, ownTypes } from './number-types.ts';
import { sizeOf } from './parameters.ts';

/** A tensor with its values. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Headers longer than this are refused, as the format's own library does. */
const maxHeaderBytes = 100_000_000;

/** The file. The header is padded with blanks, so that the tensors begin at a multiple of 8. */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, shape, values }) => {
    const begin = end;
    end += 4 * values.length;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...(Object.fromEntries(entries) as object) });
  const header = utf8(json.padEnd(json.length + ((8 - (utf8(json).length % 8)) % 8), ' '));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return concatBytes([length, header, ...tensors.map(({ values }) => littleEndian(values))]);
}

/**
 * The tensors in the order of their bytes, and the metadata.
 *
 * @throws DecodeError (wrongLength, badFormat, outOfRange)
 */
export function decodeSafetensors(bytes: Uint8Array): Decoded {
  return decode(bytes, ownTypes);
}

/**
 * The tensors of a published checkpoint, in single precision whatever they are stored in. Tensors of whole numbers are
 * left out.
 *
 * @throws DecodeError (wrongLength, badFormat, outOfRange)
 */
export function decodeCheckpoint(bytes: Uint8Array): readonly NamedTensor[] {
  return decode(bytes, checkpointTypes).tensors;
}

interface Decoded {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

type Types = ReadonlyMap<string, NumberType>;

function decode(bytes: Uint8Array, types: Types): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw new DecodeError('wrongLength', `expected a safetensors file, got ${bytes.length} bytes`);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(Math.min(maxHeaderBytes, bytes.length - 8))) {
    throw new DecodeError('wrongLength', 'the safetensors header is longer than the file or than any model needs');
  }
  const first = 8 + Number(headerLength);
  const { entries, metadata } = parseHeader(bytes.subarray(8, first), types);
  const data = bytes.subarray(first);
  expectNoHoles(entries, data.length);
  return { tensors: entries.flatMap((entry) => toTensor(entry, data)), metadata };
}

interface Entry {
  readonly name: string;
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(
  bytes: Uint8Array,
  types: Types,
): {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { __metadata__: metadata = {}, ...rest } = parseObject(bytes);
  if (!isTextRecord(metadata))
    throw new DecodeError('badFormat', 'safetensors: __metadata__ holds something else than text');
  const entries = Object.entries(rest).map(([name, value]) => parseEntry(name, value, types));
  return { entries: entries.sort((a, b) => a.begin - b.begin || a.end - b.end), metadata };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DecodeError('badFormat', 'the safetensors header is not JSON', { cause });
  }
  if (isRecord(value)) return value;
  throw new DecodeError('badFormat', 'the safetensors header is not a JSON object');
}

function parseEntry(name: string, value: unknown, types: Types): Entry {
  if (!isRecord(value) || Object.keys(value).length !== 3)
    throw badEntry(name, 'has other keys than the three of a tensor');
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? types.get(dtype) : undefined;
  if (type === undefined) throw badEntry(name, `is none of ${[...types.keys()].join(', ')}`);
  if (!isCounts(shape)) throw badEntry(name, 'has no shape of whole numbers');
  if (!isCounts(offsets) || offsets.length !== 2) throw badEntry(name, 'has no two data_offsets');
  const [begin, end] = offsets as readonly [number, number]; // its length is checked above
  if (end - begin !== type.bytes * sizeOf(shape))
    throw badEntry(name, 'has another number of bytes than its shape asks for');
  return { name, type, shape, begin, end };
}

function expectNoHoles(entries: readonly Entry[], length: number): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw badEntry(name, 'does not begin where the one before it ends');
    at = end;
  }
  if (at !== length)
    throw new DecodeError('wrongLength', `safetensors: the tensors have ${at} bytes, the file ${length}`);
}

function toTensor({ name, type, shape, begin, end }: Entry, data: Uint8Array): readonly NamedTensor[] {
  if (type.read === undefined) return [];
  const view = new DataView(data.buffer, data.byteOffset + begin, end - begin);
  const values = new Float32Array((end - begin) / type.bytes);
  for (let i = 0; i < values.length; i++) values[i] = type.read(view, type.bytes * i);
  if (values.every(Number.isFinite)) return [{ name, shape, values }];
  throw new DecodeError('outOfRange', `safetensors: the tensor ${name} holds NaN or infinity`);
}

function littleEndian(values: Float32Array): Uint8Array {
  const out = new Uint8Array(4 * values.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return out;
}

function badEntry(name: string, what: string): DecodeError {
  return new DecodeError('badFormat', `safetensors: the tensor ${name} ${what}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}
