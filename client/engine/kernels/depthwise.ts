/** Depthwise convolution over two axes: every channel has `multiplier` filters of its own; and its gradients. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import type { TensorSpec } from '../types.ts';
import { padSpatial, tapSlice, taps } from './taps.ts';
import { activated } from './matmul.ts';
import { optional, row } from './row.ts';
import type { KernelRow } from './row.ts';
import { channelsFirst, channelsLast, onnxPads, outputPadding, spatial, windowOf } from './window.ts';
import type { WindowAttrs } from './window.ts';

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

/** [height, width, in, multiplier]. */
type FilterShape = [height: number, width: number, channels: number, multiplier: number];

const filterShapeOf = (shape: readonly number[]): FilterShape => shape as FilterShape; // TensorFlow.js has checked it

function convolved(x: TensorSpec, filter: TensorSpec, attrs: WindowAttrs): TensorSpec {
  const [height, width, channels, multiplier] = filterShapeOf(filter.shape);
  const { out } = windowOf(spatial(x.shape), [height, width], attrs);
  return { shape: [x.shape[0]!, ...out, channels * multiplier], dtype: 'float32' };
}

/** The filters as ONNX groups them: [in * multiplier, 1, height, width]. */
function grouped(e: Emitter, filter: Term): string {
  const [height, width, channels, multiplier] = filterShapeOf(filter.shape);
  const swapped = e.term(e.transpose(e.full(filter), [2, 3, 0, 1]), [channels, multiplier, height, width]);
  return e.full(e.reshape(swapped, [channels * multiplier, 1, height, width]));
}

function convolve(e: Emitter, x: Term, filter: Term, attrs: WindowAttrs, out: TensorSpec): Term {
  const [height, width, group] = filterShapeOf(filter.shape);
  const w = windowOf(spatial(x.shape), [height, width], attrs);
  const y = e.op('Conv', [e.transpose(e.full(x), channelsFirst(2)), grouped(e, filter)], {
    strides: w.strides,
    dilations: w.dilations,
    pads: onnxPads(w),
    group,
  });
  return e.term(e.transpose(y, channelsLast(2)), out.shape);
}

function inputGradient(e: Emitter, dy: Term, filter: Term, attrs: InputGradAttrs): Term {
  const [height, width, group] = filterShapeOf(filter.shape);
  const extents = spatial(attrs.inputShape);
  const w = windowOf(extents, [height, width], attrs);
  const dx = e.op('ConvTranspose', [e.transpose(e.full(dy), channelsFirst(2)), grouped(e, filter)], {
    strides: w.strides,
    dilations: w.dilations,
    pads: onnxPads(w),
    group,
    output_padding: outputPadding(extents, [height, width], w),
  });
  return e.term(e.transpose(dx, channelsLast(2)), attrs.inputShape);
}

/** dW at one tap: the sum over batch and places of what the tap saw times dy, per channel. */
function filterGradient(e: Emitter, x: Term, dy: Term, attrs: FilterGradAttrs): Term {
  const [height, width, channels, multiplier] = filterShapeOf(attrs.filterShape);
  const w = windowOf(spatial(x.shape), [height, width], attrs);
  const places = dy.shape.slice(0, -1);
  const padded = padSpatial(e, x, w);
  const dyByChannel = e.reshape(dy, [...places, channels, multiplier]);
  const sums = taps([height, width]).map((tap) => {
    const seen = e.term(tapSlice(e, padded, tap, w, x.shape), [...places, channels]);
    const products = e.map('Mul', [e.reshape(seen, [...places, channels, 1]), dyByChannel]);
    const sum = e.op('ReduceSum', [e.full(products), e.ints([0, 1, 2])], { keepdims: 0 });
    return e.full(e.reshape(e.term(sum, [channels, multiplier]), [1, channels, multiplier]));
  });
  return e.reshape(e.term(e.op('Concat', sums, { axis: 0 }), [sums.length, channels, multiplier]), attrs.filterShape);
}

export const depthwiseRows: Readonly<Record<string, KernelRow>> = {
  DepthwiseConv2dNative: row<'x' | 'filter', WindowAttrs>(
    ({ x, filter }, attrs) => convolved(x, filter, attrs),
    (e, { inputs: { x, filter }, attrs, out }) => convolve(e, x, filter, attrs, out),
  ),
  DepthwiseConv2dNativeBackpropInput: row<'dy' | 'filter', InputGradAttrs>(
    (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
    (e, { inputs: { dy, filter }, attrs }) => inputGradient(e, dy, filter, attrs),
  ),
  DepthwiseConv2dNativeBackpropFilter: row<'x' | 'dy', FilterGradAttrs>(
    (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
    (e, { inputs: { x, dy }, attrs }) => filterGradient(e, x, dy, attrs),
  ),
  FusedDepthwiseConv2D: row<'x' | 'filter' | 'bias', FusedAttrs>(
    ({ x, filter }, attrs) => convolved(x, filter, attrs),
    (e, { inputs, attrs, out }) => {
      const bias = optional(inputs, 'bias');
      const y = convolve(e, inputs.x, inputs.filter, attrs, out);
      return activated(e, bias === undefined ? y : e.map('Add', [y, bias]), attrs.activation, attrs.leakyreluAlpha);
    },
  ),
};
