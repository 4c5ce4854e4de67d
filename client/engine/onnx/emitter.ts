/**
 * Writes ONNX nodes. Equal nodes are written once; a broadcast stays unwritten until someone needs the full tensor;
 * a transpose of a transpose is one, or none.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { UsageError } from '#shared/errors';
import { broadcast, sameShape, sizeOf } from '../shapes.ts';
import type { Shape } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import type { NodeRecord } from './in-cache.ts';
import { onnxType, tensor } from './protobuf.ts';
import type { OnnxAttrs, OnnxType } from './protobuf.ts';
import { bytesOf } from '#shared/util/bytes';

/**
 * A tensor of the graph. `shape` is what the program sees; what is stored is either one number (`uniform`) or the tensor
 * `name` of shape `stored`, which broadcasts to `shape` or has as many elements.
 */
export interface Term extends TensorSpec {
  readonly stored: Shape;
  readonly name?: string;
  readonly uniform?: number;
}

/** Numbers of the graph under a name. */
export interface Constant {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it holds, where it is a list of integers. */
  readonly ints?: readonly number[];
}

type HostArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** Operators of ONNX Runtime that are not in ONNX. */
const runtimeOps = new Set(['FusedMatMul', 'FastGelu', 'MultiHeadAttention']);
const blockedPrefix = 'nchwc.';

/** Type and domain of an operator. Those on the blocked layout of ONNX Runtime have names of ONNX: `nchwc.Conv`. */
function typeOf(op: string): readonly [type: string, domain: string] {
  if (op.startsWith(blockedPrefix)) return [op.slice(blockedPrefix.length), 'com.microsoft.nchwc'];
  return [op, runtimeOps.has(op) ? 'com.microsoft' : ''];
}

/** Nodes with equal keys compute the same. */
function keyOf(op: string, inputs: readonly string[], count: number, attrs: OnnxAttrs): string {
  return JSON.stringify([op, inputs, count, attrs]);
}

export class Emitter {
  readonly nodes: NodeRecord[] = [];
  readonly constants: Constant[] = [];
  private readonly seen = new Map<string, string[]>();
  private readonly initial = new Map<string, string>();
  private readonly transposed = new Map<string, { readonly of: string; readonly perm: readonly number[] }>();
  private readonly reshaped = new Map<string, Term>();
  private count = 0;
  /** Floats per block of the layout that `nchwc` operators work on, 0 to write standard convolutions. */
  readonly block: number;
  /** Whether operators of ONNX have to do where ONNX Runtime has one of its own. */
  readonly standard: boolean;

  constructor(block = 0, standard = false) {
    this.block = block;
    this.standard = standard;
  }

  /** One node with one output; the name of that output. */
  op(op: string, inputs: readonly string[], attrs: OnnxAttrs = {}): string {
    return this.ops(op, inputs, 1, attrs)[0]!;
  }

  /** One node with `count` outputs; their names. */
  ops(op: string, inputs: readonly string[], count: number, attrs: OnnxAttrs = {}): string[] {
    const key = keyOf(op, inputs, count, attrs);
    const known = this.seen.get(key);
    if (known !== undefined) return known;
    const outputs = Array.from({ length: count }, () => `t${this.count++}`);
    const [type, domain] = typeOf(op);
    this.nodes.push({ type, domain, inputs, outputs, attrs });
    this.seen.set(key, outputs);
    return outputs;
  }

  /** A tensor that was written under `name`. */
  term(name: string, shape: Shape, dtype: TensorSpec['dtype'] = 'float32'): Term {
    return { name, shape, dtype, stored: shape };
  }

  /** `value` everywhere. */
  fill(value: number, shape: Shape = [], dtype: TensorSpec['dtype'] = 'float32'): Term {
    return { uniform: value, shape, dtype, stored: [] };
  }

  /** A constant of the program; one number when all its elements are equal. */
  constant(data: HostArray | undefined, { shape, dtype }: TensorSpec): Term {
    const first = data === undefined ? 0 : Number(data[0]);
    if (data === undefined || (data.length > 0 && everyIs(data, first))) return this.fill(first, shape, dtype);
    const digest = createHash('sha256').update(bytesOf(data));
    return this.term(
      this.initializer(`${dtype}${String(shape)}:${digest.digest('hex')}`, shape, data, dtype),
      shape,
      dtype,
    );
  }

  /** A list of integers, as the operators of ONNX take axes and shapes. */
  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.initializer(`ints ${String(values)}`, [values.length], data, 'int64', values);
  }

  /** One number. */
  number(value: number, dtype: TensorSpec['dtype'] = 'float32'): string {
    const data =
      dtype === 'float32' ? Float32Array.of(value) : dtype === 'int32' ? Int32Array.of(value) : Uint8Array.of(value);
    return this.initializer(`${dtype} ${Object.is(value, -0) ? '-0' : value}`, [], data, dtype);
  }

  /** The name of the full tensor, broadcast where it was not. */
  full(term: Term): string {
    const { shape, stored } = term;
    if (term.name !== undefined && sameShape(stored, shape)) return term.name;
    if (shape.length === 0) return this.lazy(term);
    if (term.name !== undefined && sizeOf(stored) === sizeOf(shape))
      return this.op('Reshape', [term.name, this.ints(shape)]);
    return this.op('Expand', [this.lazy(term), this.ints(shape)]);
  }

  /** The name of a tensor that broadcasts to the term. */
  lazy(term: Term): string {
    return term.name ?? this.number(term.uniform ?? 0, term.dtype);
  }

  /** An elementwise operator over terms, which broadcast. */
  map(op: string, terms: readonly Term[], dtype: TensorSpec['dtype'] = terms[0]!.dtype, attrs: OnnxAttrs = {}): Term {
    const before = this.beforeReshape(terms);
    if (before === undefined) return this.mapAsIs(op, terms, dtype, attrs);
    return this.reshape(this.mapAsIs(op, before, dtype, attrs), terms.map(({ shape }) => shape).reduce(broadcast));
  }

  /** What `map` gave for this operator of this term, if it has been asked. */
  mapped(op: string, term: Term): Term | undefined {
    const [former] = this.beforeReshape([term]) ?? [term];
    const name = former?.name === undefined ? undefined : this.seen.get(keyOf(op, [former.name], 1, {}))?.[0];
    return name === undefined ? undefined : this.reshape({ ...former!, name }, term.shape);
  }

  private mapAsIs(op: string, terms: readonly Term[], dtype: TensorSpec['dtype'], attrs: OnnxAttrs): Term {
    const aligned = terms.map((term) => this.aligned(term));
    const name = this.op(op, aligned.map((term) => this.lazy(term)), attrs); // prettier-ignore
    const shape = aligned.map((term) => term.shape).reduce(broadcast);
    return this.rowwise({ name, shape, dtype, stored: aligned.map((term) => term.stored).reduce(broadcast) }, aligned);
  }

  /** Notes that row i of the term, as it was just written from `inputs`, needs no other row of them. */
  rowwise(term: Term, inputs: readonly Term[]): Term {
    const written = this.nodes.at(-1);
    const stored = (one: Term): TensorSpec => ({ shape: one.stored, dtype: one.dtype });
    if (written?.outputs[0] === term.name) written!.rowwise = { inputs: inputs.map(stored), output: stored(term) };
    return term;
  }

  /**
   * The terms in the shape that one of them had before it was reshaped, if they have equal shapes: the elements are the
   * same, and chains stay in one shape.
   */
  private beforeReshape(terms: readonly Term[]): readonly Term[] | undefined {
    const whole = terms.filter(({ uniform }) => uniform === undefined);
    const { shape } = whole[0] ?? { shape: [] };
    const former = whole.map(({ name }) => this.reshaped.get(name!)).find((one) => one !== undefined);
    if (!sameShape(terms.map((term) => term.shape).reduce(broadcast), shape)) return; // a number spreads them further
    if (former === undefined || !whole.every((one) => sameShape(one.shape, shape) && sameShape(one.stored, shape))) return; // prettier-ignore
    return terms.map((term) =>
      term.uniform === undefined ? this.reshape(term, former.shape) : { ...term, shape: [] },
    );
  }

  /** The same data, broadcast to `shape`. */
  spread(term: Term, shape: Shape): Term {
    return { ...this.aligned(term), shape };
  }

  reshape(term: Term, shape: Shape): Term {
    if (term.uniform !== undefined) return { ...term, shape };
    if (sameShape(term.shape, shape)) return term;
    const former = sameShape(term.stored, term.shape) ? this.reshaped.get(term.name!) : undefined; // stored, so named
    const source = former ?? this.term(this.full(term), term.shape, term.dtype);
    if (sameShape(source.shape, shape)) return source;
    const name = this.op('Reshape', [source.name!, this.ints(shape)]); // it has one: it was written out
    this.reshaped.set(name, source);
    return this.term(name, shape, term.dtype);
  }

  cast(term: Term, dtype: TensorSpec['dtype']): Term {
    if (term.dtype === dtype) return term;
    if (term.name !== undefined) return this.map('Cast', [term], dtype, { to: onnxType[dtype] });
    const value = term.uniform ?? 0;
    return this.fill(
      dtype === 'bool' ? Number(value !== 0) : dtype === 'int32' ? Math.trunc(value) : value,
      term.shape,
      dtype,
    );
  }

  /** The tensor `name` with its axes in the order of `perm`. */
  transpose(name: string, perm: readonly number[]): string {
    const inner = this.transposed.get(name);
    const of = inner?.of ?? name;
    const whole = inner === undefined ? perm : perm.map((axis) => inner.perm[axis]!);
    if (whole.every((axis, i) => axis === i)) return of;
    const out = this.op('Transpose', [of], { perm: whole });
    this.transposed.set(out, { of, perm: whole });
    return out;
  }

  private initializer(key: string, shape: Shape, data: HostArray, type: OnnxType, ints?: readonly number[]): string {
    const known = this.initial.get(key);
    if (known !== undefined) return known;
    const name = `k${this.count++}`;
    const bytes = tensor(name, shape, data, type);
    this.constants.push(ints === undefined ? { name, bytes } : { name, bytes, ints });
    this.initial.set(key, name);
    return name;
  }

  /** A reshaped view is written out before it broadcasts: its stored axes are not those of its shape. */
  private aligned(term: Term): Term {
    if (term.uniform !== undefined || spreads(term.stored, term.shape)) return term;
    if (sizeOf(term.stored) !== sizeOf(term.shape)) {
      throw new UsageError('unsupported', `[${String(term.stored)}] does not broadcast to [${String(term.shape)}]`);
    }
    return this.term(this.full(term), term.shape, term.dtype);
  }
}

function spreads(stored: Shape, shape: Shape): boolean {
  return stored.length <= shape.length && sameShape(broadcast(stored, shape), shape);
}

function everyIs(data: HostArray, value: number): boolean {
  for (const one of data) if (Number(one) !== value) return false;
  return true;
}
