/** The geometry that convolutions and poolings share, in any number of spatial axes. @module */
import { range } from '../shapes.ts';

/** Per spatial axis: stride, dilation, padding before and after, extent of the output. */
export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly out: readonly number[];
}

type PerAxis = number | readonly number[];

/** As TensorFlow.js names them; explicit padding is given for every axis of the tensor, batch and channels included. */
export interface WindowAttrs {
  readonly strides: PerAxis;
  readonly dilations?: PerAxis;
  readonly pad: 'same' | 'valid' | number | readonly (readonly [number, number])[];
}

/** One number per axis from a number or a list. */
export function perAxis(value: PerAxis, axes: number): number[] {
  const list = typeof value === 'number' ? [value] : value;
  return range(axes).map((i) => list[i] ?? list[0]!);
}

/** `same` pads so that the output has ceil(extent / stride) places, the odd one after. Never less than nothing. */
export function windowOf(extents: readonly number[], kernel: readonly number[], attrs: WindowAttrs): Window {
  const axes = extents.length;
  const strides = perAxis(attrs.strides, axes);
  const dilations = perAxis(attrs.dilations ?? 1, axes);
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
  const pads = range(axes).map((i): readonly [number, number] => {
    if (attrs.pad === 'valid') return [0, 0];
    if (typeof attrs.pad === 'number') return [attrs.pad, attrs.pad];
    if (attrs.pad !== 'same') return attrs.pad[1 + i]!;
    const places = Math.ceil(extents[i]! / strides[i]!);
    const total = Math.max(0, (places - 1) * strides[i]! + reach[i]! - extents[i]!);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  const before = pads.map(([one]) => one);
  const after = pads.map(([, one]) => one);
  const out = extents.map((extent, i) => Math.floor((extent + before[i]! + after[i]! - reach[i]!) / strides[i]!) + 1);
  return { strides, dilations, before, after, out };
}

/** Spatial extents of a channels-last tensor. */
export function spatial(shape: readonly number[]): number[] {
  return shape.slice(1, -1);
}

/** TensorFlow.js is channels last, ONNX channels first: the permutation there, for so many spatial axes. */
export function channelsFirst(axes: number): number[] {
  return [0, axes + 1, ...range(axes, 1)];
}

/** The permutation back. */
export function channelsLast(axes: number): number[] {
  return [0, ...range(axes, 2), 1];
}

/** `pads` as ONNX has them: all before, then all after. */
export function onnxPads({ before, after }: Window): number[] {
  return [...before, ...after];
}

/** What a transposed convolution must add at the end so that its output has `extents`. */
export function outputPadding(extents: readonly number[], kernel: readonly number[], w: Window): number[] {
  return w.out.map((places, i) => {
    const covered = (places - 1) * w.strides[i]! + (kernel[i]! - 1) * w.dilations[i]! + 1 - w.before[i]! - w.after[i]!;
    return extents[i]! - covered;
  });
}
