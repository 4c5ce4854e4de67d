/** Pooling over two and three spatial axes, and its gradients. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { onnxType } from '../onnx/protobuf.ts';
import type { OnnxAttrs } from '../onnx/protobuf.ts';
import { sizeOf } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { row } from './row.ts';
import type { KernelRow } from './row.ts';
import { channelsFirst, channelsLast, onnxPads, outputPadding, perAxis, spatial, windowOf } from './window.ts';
import type { Window, WindowAttrs } from './window.ts';

interface PoolAttrs extends WindowAttrs {
  readonly filterSize: number | readonly number[];
}

interface Pool extends Window {
  readonly kernel: readonly number[];
}

function poolOf(shape: readonly number[], attrs: PoolAttrs): Pool {
  const extents = spatial(shape);
  const kernel = perAxis(attrs.filterSize, extents.length);
  return { kernel, ...windowOf(extents, kernel, { strides: attrs.strides, pad: attrs.pad }) };
}

function pooled({ x }: Record<'x', TensorSpec>, attrs: PoolAttrs): TensorSpec {
  return { shape: [x.shape[0]!, ...poolOf(x.shape, attrs).out, x.shape.at(-1)!], dtype: 'float32' };
}

const first = (e: Emitter, x: Term): string => e.transpose(e.full(x), channelsFirst(x.shape.length - 2));
const firstShape = (shape: readonly number[]): number[] => channelsFirst(shape.length - 2).map((axis) => shape[axis]!);
const last = (e: Emitter, name: string, shape: readonly number[]): Term =>
  e.term(e.transpose(name, channelsLast(shape.length - 2)), shape);
const onnxAttrs = (p: Pool): OnnxAttrs => ({ kernel_shape: p.kernel, strides: p.strides, pads: onnxPads(p) });

/** Always with both outputs, so that forward and gradient are one node. */
function maxPool(e: Emitter, x: Term, attrs: PoolAttrs): readonly [string, string] {
  const [values, indices] = e.ops('MaxPool', [first(e, x)], 2, onnxAttrs(poolOf(x.shape, attrs)));
  return [values!, indices!];
}

/** Whether windows of two tile the tensor, along every axis. */
function halves(p: Pool, shape: readonly number[]): boolean {
  const even = spatial(shape).every((extent) => extent % 2 === 0);
  const twos = [...p.kernel, ...p.strides].every((size) => size === 2);
  return even && twos && [...p.before, ...p.after].every((pad) => pad === 0);
}

/** One axis of two halved: the tensor was `[outer, 2, inner]`, and `former` is where the former of two was taken. */
interface Halving {
  readonly outer: number;
  readonly inner: number;
  readonly former: string;
}

/**
 * Pooling by two, axis by axis, the last first: whole rows are compared, which is several times faster than finding
 * indices. Of equals the first is taken over two axes and the last over three, as TensorFlow.js does on the CPU.
 */
function halve(e: Emitter, x: Term): { readonly pooled: string; readonly halvings: readonly Halving[] } {
  const shape = [...x.shape];
  const halvings: Halving[] = [];
  const wins = x.shape.length === 4 ? 'GreaterOrEqual' : 'Greater';
  let pooled = e.full(x);
  for (let axis = shape.length - 2; axis > 0; axis--) {
    shape[axis] = shape[axis]! / 2;
    const [outer, inner] = [sizeOf(shape.slice(0, axis + 1)), sizeOf(shape.slice(axis + 1))];
    const pairs = e.op('Reshape', [pooled, e.ints([outer, 2, inner])]);
    const [a, b] = e.ops('Split', [pairs], 2, { axis: 1, num_outputs: 2 }) as [string, string];
    pooled = e.op('Max', [a, b]);
    halvings.push({ outer, inner, former: e.op(wins, [a, b]) });
  }
  return { pooled: e.op('Reshape', [pooled, e.ints(shape)]), halvings };
}

/** The way back: dy to the former or the latter of every two, the last halving first. */
function unhalve(e: Emitter, dy: Term, input: Term): Term {
  let grown = e.full(dy);
  for (const { outer, inner, former } of halve(e, input).halvings.toReversed()) {
    const rows = e.op('Reshape', [grown, e.ints([outer, 1, inner])]);
    const toFormer = e.op('Mul', [e.op('Cast', [former], { to: onnxType.float32 }), rows]);
    grown = e.op('Concat', [toFormer, e.op('Sub', [rows, toFormer])], { axis: 1 });
  }
  return e.term(e.op('Reshape', [grown, e.ints(input.shape)]), input.shape);
}

const max = row<'x', PoolAttrs>(pooled, (e, { inputs: { x }, attrs, out }) =>
  halves(poolOf(x.shape, attrs), x.shape)
    ? e.term(halve(e, x).pooled, out.shape)
    : last(e, maxPool(e, x, attrs)[0], out.shape),
);
/** dy goes to the place that was the greatest; places that were so for several windows get the sum. */
const maxGrad = row<'dy' | 'input', PoolAttrs>(
  ({ input }) => ({ shape: input.shape, dtype: 'float32' }),
  (e, { inputs: { dy, input }, attrs, out }) => {
    if (halves(poolOf(input.shape, attrs), input.shape)) return unhalve(e, dy, input);
    const count = e.ints([sizeOf(dy.shape)]);
    const [, indices] = maxPool(e, input, attrs);
    const flat = e.op(
      'ScatterElements',
      [
        e.full(e.fill(0, [sizeOf(out.shape)])),
        e.op('Reshape', [indices, count]),
        e.op('Reshape', [first(e, dy), count]),
      ],
      { axis: 0, reduction: 'add' },
    );
    return last(e, e.op('Reshape', [flat, e.ints(firstShape(out.shape))]), out.shape);
  },
);
const average = row<'x', PoolAttrs>(pooled, (e, { inputs: { x }, attrs, out }) =>
  last(
    e,
    e.op('AveragePool', [first(e, x)], { ...onnxAttrs(poolOf(x.shape, attrs)), count_include_pad: 0 }),
    out.shape,
  ),
);
/**
 * Every place gets its share of dy from each window that covers it: a transposed depthwise convolution of dy with ones.
 * A window over the border has fewer places, so dy is divided by the number of places inside, before.
 */
const averageGrad = row<'dy' | 'input', PoolAttrs>(
  ({ input }) => ({ shape: input.shape, dtype: 'float32' }),
  (e, { inputs: { dy, input }, attrs, out }) => {
    const pool = poolOf(input.shape, attrs);
    const channels = input.shape.at(-1)!;
    const share = e.map('Mul', [dy, sharesOf(e, input.shape, pool)]);
    const ones = e.full(e.fill(1, [channels, 1, ...pool.kernel]));
    const dx = e.op('ConvTranspose', [first(e, share), ones], {
      strides: pool.strides,
      pads: onnxPads(pool),
      group: channels,
      output_padding: outputPadding(spatial(input.shape), pool.kernel, pool),
    });
    return last(e, dx, out.shape);
  },
);

/** 1 / the number of places inside the tensor, per window: `[1, spatial, 1]`. */
function sharesOf(e: Emitter, shape: readonly number[], pool: Pool): Term {
  const inside = spatial(shape).map((extent, axis) =>
    Array.from({ length: pool.out[axis]! }, (_, i) => {
      const start = i * pool.strides[axis]! - pool.before[axis]!;
      return Math.min(start + pool.kernel[axis]!, extent) - Math.max(start, 0);
    }),
  );
  const counts = inside.reduce<number[]>((heads, axis) => heads.flatMap((head) => axis.map((n) => head * n)), [1]);
  return e.constant(Float32Array.from(counts, (n) => 1 / n), { shape: [1, ...pool.out, 1], dtype: 'float32' }); // prettier-ignore
}

export const poolingRows: Readonly<Record<string, KernelRow>> = {
  MaxPool: max,
  MaxPoolGrad: maxGrad,
  MaxPool3D: max,
  MaxPool3DGrad: maxGrad,
  AvgPool: average,
  AvgPoolGrad: averageGrad,
  AvgPool3D: average,
  AvgPool3DGrad: averageGrad,
};
