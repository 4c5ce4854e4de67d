/**
 * The types of numbers in a safetensors file. Weights are read as single precision; whole numbers (positions that were
 * stored beside them) are no weights.
 *
 * Source: https://github.com/huggingface/safetensors, README, "Format"; IEEE 754-2019, section 3.6, for half precision.
 *
 * @module
 */

/** How a type is stored. */
export interface NumberType {
  readonly bytes: number;
  /** The number at a place, little-endian; left out for what is no weight. */
  readonly read?: (view: DataView, at: number) => number;
}

const single: NumberType = { bytes: 4, read: (view, at) => view.getFloat32(at, true) };

/** What this program writes. */
export const ownTypes: ReadonlyMap<string, NumberType> = new Map([['F32', single]]);

/** What published checkpoints hold. */
export const checkpointTypes: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ['F32', single],
  ['F64', { bytes: 8, read: (view, at) => view.getFloat64(at, true) }],
  ['F16', { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) }],
  ['BF16', { bytes: 2, read: (view, at) => upperHalf(view.getUint16(at, true)) }],
  ...['I64', 'U64'].map((name): [string, NumberType] => [name, { bytes: 8 }]),
  ...['I32', 'U32'].map((name): [string, NumberType] => [name, { bytes: 4 }]),
  ...['I16', 'U16'].map((name): [string, NumberType] => [name, { bytes: 2 }]),
  ...['I8', 'U8', 'BOOL'].map((name): [string, NumberType] => [name, { bytes: 1 }]),
]);

/** 1 bit sign, 5 bits exponent, 10 bits fraction. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The upper half of a single. */
function upperHalf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
