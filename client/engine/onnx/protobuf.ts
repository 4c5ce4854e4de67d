/** The few messages of ONNX that a graph needs, in protobuf (onnx.proto3, IR version 9). @module */
import type { TensorSpec } from '../types.ts';
import { bytesOf } from '#shared/util/bytes';

export type OnnxType = TensorSpec['dtype'] | 'int64';

/** TensorProto.DataType. */
export const onnxType: Readonly<Record<OnnxType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** An attribute: an integer, a float, a list of integers, a word, or a graph. */
export type OnnxAttr = number | { readonly float: number } | readonly number[] | string | Uint8Array;
export type OnnxAttrs = Readonly<Record<string, OnnxAttr>>;

const opset = 18;
const irVersion = 9;

function varint(value: number): Buffer {
  if (value >= 0 && value < 128) return Buffer.of(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value)); // a negative number is its two's complement in ten bytes
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.of(...bytes, Number(rest));
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
}

function block(field: number, content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

/** AttributeProto: the value's field and its type number. */
function attribute(name: string, value: OnnxAttr): Buffer {
  const parts = [block(1, name)];
  if (typeof value === 'number') parts.push(integer(3, value), integer(20, 2));
  else if (typeof value === 'string') parts.push(block(4, value), integer(20, 3));
  else if (value instanceof Uint8Array) parts.push(block(6, value), integer(20, 5));
  else if ('float' in value) parts.push(float(2, value.float), integer(20, 1));
  else parts.push(...value.map((one) => integer(8, one)), integer(20, 7));
  return Buffer.concat(parts);
}

/** NodeProto. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attrs: OnnxAttrs = {},
  domain = '',
): Uint8Array {
  return Buffer.concat([
    ...inputs.map((name) => block(1, name)),
    ...outputs.map((name) => block(2, name)),
    block(4, op),
    ...Object.entries(attrs).map(([name, value]) => block(5, attribute(name, value))),
    ...(domain === '' ? [] : [block(7, domain)]),
  ]);
}

/** TensorProto with raw little-endian data. */
export function tensor(name: string, shape: readonly number[], data: ArrayBufferView, type: OnnxType): Uint8Array {
  const raw = bytesOf(data);
  return Buffer.concat([
    ...shape.map((extent) => integer(1, extent)),
    integer(2, onnxType[type]),
    block(8, name),
    block(9, raw),
  ]);
}

/** A tensor some of whose extents may be names: dimensions that are known when the graph runs. */
export interface PortSpec {
  readonly shape: readonly (number | string)[];
  readonly dtype: TensorSpec['dtype'];
}

/** ValueInfoProto: a name, its type and its shape. */
export function port(name: string, { shape, dtype }: PortSpec): Uint8Array {
  const dimensions = shape.map((extent) => (typeof extent === 'number' ? integer(1, extent) : block(2, extent)));
  const extents = Buffer.concat(dimensions.map((one) => block(1, one)));
  return Buffer.concat([
    block(1, name),
    block(2, block(1, Buffer.concat([integer(1, onnxType[dtype]), block(2, extents)]))),
  ]);
}

/** The parts of a graph, encoded. */
export interface GraphParts {
  readonly nodes: readonly Uint8Array[];
  readonly constants: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** GraphProto. */
export function graph({ nodes, constants, inputs, outputs }: GraphParts): Uint8Array {
  return Buffer.concat([
    ...nodes.map((one) => block(1, one)),
    block(2, 'step'),
    ...constants.map((one) => block(5, one)),
    ...inputs.map((one) => block(11, one)),
    ...outputs.map((one) => block(12, one)),
  ]);
}

/** The domains of ONNX Runtime's own operators. */
const runtimeDomains = ['com.microsoft', 'com.microsoft.nchwc'];

/** ModelProto, with the operators of ONNX and, unless others are named, of ONNX Runtime. */
export function model(parts: GraphParts, domains: readonly string[] = runtimeDomains): Uint8Array {
  return Buffer.concat([
    integer(1, irVersion),
    block(7, graph(parts)),
    block(8, integer(2, opset)),
    ...domains.map((name) => block(8, Buffer.concat([block(1, name), integer(2, 1)]))),
  ]);
}
