/** Convolutions over two and three spatial axes, and their gradients. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { range, sizeOf } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { activated } from './matmul.ts';
import { optional, row } from './row.ts';
import type { KernelRow } from './row.ts';
import { channelsFirst, channelsLast, onnxPads, outputPadding, spatial, windowOf } from './window.ts';
import type { Window, WindowAttrs } from './window.ts';

interface InputGradAttrs extends WindowAttrs {
  readonly inputShape: readonly number[];
}

interface FilterGradAttrs extends WindowAttrs {
  readonly filterShape: readonly number[];
}

interface FusedAttrs extends WindowAttrs {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/** The permutation of a filter from [spatial, in, out] to ONNX's [out, in, spatial]. */
const filterFirst = (axes: number): number[] => [axes + 1, axes, ...range(axes)];
/** And to [in, out, spatial], as the input gradient wants it. */
const filterSwapped = (axes: number): number[] => [axes, axes + 1, ...range(axes)];

const kernelOf = (filter: readonly number[]): readonly number[] => filter.slice(0, -2);

function convolved(x: TensorSpec, filter: TensorSpec, attrs: WindowAttrs): TensorSpec {
  const { out } = windowOf(spatial(x.shape), kernelOf(filter.shape), attrs);
  return { shape: [x.shape[0]!, ...out, filter.shape.at(-1)!], dtype: 'float32' };
}

function convolve(e: Emitter, x: Term, filter: Term, attrs: WindowAttrs, out: TensorSpec): Term {
  const axes = x.shape.length - 2;
  const w = windowOf(spatial(x.shape), kernelOf(filter.shape), attrs);
  const names = [e.transpose(e.full(x), channelsFirst(axes)), e.transpose(e.full(filter), filterFirst(axes))];
  const y = e.op('Conv', names, { strides: w.strides, dilations: w.dilations, pads: onnxPads(w) });
  return e.term(e.transpose(y, channelsLast(axes)), out.shape);
}

/**
 * dx. With stride 1 it is a convolution of dy with the filter flipped, in and out swapped, which ONNX Runtime does
 * faster than the transposed convolution that the other strides need.
 */
function inputGradient(e: Emitter, dy: Term, filter: Term, attrs: InputGradAttrs): Term {
  const axes = attrs.inputShape.length - 2;
  const kernel = kernelOf(filter.shape);
  const w = windowOf(spatial(attrs.inputShape), kernel, attrs);
  const dyFirst = e.transpose(e.full(dy), channelsFirst(axes));
  const dx = w.strides.every((stride) => stride === 1)
    ? e.op('Conv', [dyFirst, flipped(e, filter, axes)], { dilations: w.dilations, pads: fullPads(kernel, w) })
    : e.op('ConvTranspose', [dyFirst, e.transpose(e.full(filter), filterFirst(axes))], {
        strides: w.strides,
        dilations: w.dilations,
        pads: onnxPads(w),
        output_padding: outputPadding(spatial(attrs.inputShape), kernel, w),
      });
  return e.term(e.transpose(dx, channelsLast(axes)), attrs.inputShape);
}

function fullPads(kernel: readonly number[], { dilations, before, after }: Window): number[] {
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]!);
  return [...reach.map((one, i) => one - before[i]!), ...reach.map((one, i) => one - after[i]!)];
}

function flipped(e: Emitter, filter: Term, axes: number): string {
  const swapped = e.transpose(e.full(filter), filterSwapped(axes));
  const all = (value: number): string => e.ints(range(axes).map(() => value));
  return e.op('Slice', [swapped, all(-1), all(Number.MIN_SAFE_INTEGER), e.ints(range(axes, 2)), all(-1)]);
}

/** dW: one product per tap of the kernel, of the slice of x that the tap saw with dy: [C, P] times [P, O]. */
function filterGradient(e: Emitter, x: Term, dy: Term, attrs: FilterGradAttrs): Term {
  const kernel = kernelOf(attrs.filterShape);
  const [C, O] = attrs.filterShape.slice(-2) as [number, number]; // a filter ends in [in, out]
  const P = sizeOf(dy.shape.slice(0, -1));
  const w = windowOf(spatial(x.shape), kernel, attrs);
  const padded = padSpatial(e, x, w);
  const dyRows = e.full(e.reshape(dy, [P, O]));
  const products = taps(kernel).map((tap) => {
    const seen = tapSlice(e, padded, tap, w, x.shape);
    const rows = e.op('Reshape', [seen, e.ints([P, C])]);
    return e.op('Reshape', [e.op('Gemm', [rows, dyRows], { transA: 1 }), e.ints([1, C, O])]);
  });
  const joined = products.length === 1 ? products[0]! : e.op('Concat', products, { axis: 0 });
  return e.reshape(e.term(joined, [products.length, C, O]), attrs.filterShape);
}

/** Every position in a kernel, the last axis fastest. */
export function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => range(size).map((i) => [...head, i])),
    [[]],
  );
}

/** x with the padding of the window written out. */
export function padSpatial(e: Emitter, x: Term, { before, after }: Window): string {
  if ([...before, ...after].every((pad) => pad === 0)) return e.full(x);
  return e.op('Pad', [e.full(x), e.ints([0, ...before, 0, 0, ...after, 0]), e.number(0)]);
}

/** What one tap of the kernel sees of the padded x, as many places as the output has. */
export function tapSlice(
  e: Emitter,
  padded: string,
  tap: readonly number[],
  w: Window,
  shape: readonly number[],
): string {
  const from = tap.map((at, i) => at * w.dilations[i]!);
  const to = from.map((start, i) => start + (w.out[i]! - 1) * w.strides[i]! + 1);
  const whole = from.every((start, i) => start === 0 && to[i] === shape[1 + i]! + w.before[i]! + w.after[i]!);
  if (whole && w.strides.every((stride) => stride === 1)) return padded;
  return e.op('Slice', [padded, e.ints(from), e.ints(to), e.ints(range(tap.length, 1)), e.ints(w.strides)]);
}

const forward = row<'x' | 'filter', WindowAttrs>(
  ({ x, filter }, attrs) => convolved(x, filter, attrs),
  (e, { inputs: { x, filter }, attrs, out }) => convolve(e, x, filter, attrs, out),
);
const backInput = row<'dy' | 'filter', InputGradAttrs>(
  (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
  (e, { inputs: { dy, filter }, attrs }) => inputGradient(e, dy, filter, attrs),
);
const backFilter = row<'x' | 'dy', FilterGradAttrs>(
  (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  (e, { inputs: { x, dy }, attrs }) => filterGradient(e, x, dy, attrs),
);

export const convolutionRows: Readonly<Record<string, KernelRow>> = {
  Conv2D: forward,
  Conv2DBackpropInput: backInput,
  Conv2DBackpropFilter: backFilter,
  Conv3D: forward,
  Conv3DBackpropInputV2: backInput,
  Conv3DBackpropFilterV2: backFilter,
  FusedConv2D: row<'x' | 'filter' | 'bias', FusedAttrs>(
    ({ x, filter }, attrs) => convolved(x, filter, attrs),
    (e, { inputs, attrs, out }) => {
      const bias = optional(inputs, 'bias');
      const y = convolve(e, inputs.x, inputs.filter, attrs, out);
      return activated(e, bias === undefined ? y : e.map('Add', [y, bias]), attrs.activation, attrs.leakyreluAlpha);
    },
  ),
};
