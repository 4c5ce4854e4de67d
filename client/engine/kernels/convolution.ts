/** Convolutions over two and three spatial axes, and their gradients. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { range } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { blockedConvolution } from './blocked.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';
import { activated } from './matmul.ts';
import { optional, row } from './row.ts';
import type { KernelRow } from './row.ts';
import { asFilter, asVolume, inThree } from './volume.ts';
import { channelsFirst, channelsLast, onnxPads, spatial, windowOf } from './window.ts';
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

const kernelOf = (filter: readonly number[]): readonly number[] => filter.slice(0, -2);

function convolved(x: TensorSpec, filter: TensorSpec, attrs: WindowAttrs): TensorSpec {
  const { out } = windowOf(spatial(x.shape), kernelOf(filter.shape), attrs);
  return { shape: [x.shape[0]!, ...out, filter.shape.at(-1)!], dtype: 'float32' };
}

function convolve(e: Emitter, x: Term, filter: Term, attrs: WindowAttrs, out: TensorSpec): Term {
  const w = windowOf(spatial(x.shape), kernelOf(filter.shape), attrs);
  if (e.block > 0) {
    return e.reshape(blockedConvolution(e, asVolume(e, x), asFilter(e, filter), inThree(w)), out.shape);
  }
  const axes = x.shape.length - 2;
  const outFirst = [axes + 1, axes, ...range(axes)];
  const names = [e.transpose(e.full(x), channelsFirst(axes)), e.transpose(e.full(filter), outFirst)];
  const y = e.op('Conv', names, { strides: w.strides, dilations: w.dilations, pads: onnxPads(w) });
  return e.term(e.transpose(y, channelsLast(axes)), out.shape);
}

const forward = row<'x' | 'filter', WindowAttrs>(
  ({ x, filter }, attrs) => convolved(x, filter, attrs),
  (e, { inputs: { x, filter }, attrs, out }) => convolve(e, x, filter, attrs, out),
);
const backInput = row<'dy' | 'filter', InputGradAttrs>(
  (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
  (e, { inputs: { dy, filter }, attrs }) =>
    inputGradient(e, dy, filter, attrs.inputShape, windowOf(spatial(attrs.inputShape), kernelOf(filter.shape), attrs)),
);
const backFilter = row<'x' | 'dy', FilterGradAttrs>(
  (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  (e, { inputs: { x, dy }, attrs }) =>
    filterGradient(e, x, dy, attrs.filterShape, windowOf(spatial(x.shape), kernelOf(attrs.filterShape), attrs)),
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
