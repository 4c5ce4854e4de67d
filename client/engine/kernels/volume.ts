/**
 * Images and volumes alike: a channels-last tensor as `[N, D, H, W, C]`, an image with D = 1; a filter as
 * `[kd, kh, kw, C, O]`; a window with three axes.
 *
 * @module
 */
import type { Emitter, Term } from '../onnx/emitter.ts';
import type { Window } from './window.ts';

export type Volume = [N: number, D: number, H: number, W: number, C: number];
export type Kernel = [kd: number, kh: number, kw: number];

/** `[N, ...spatial, C]` with a first spatial axis of 1 where there are two. */
export function volumeOf(shape: readonly number[]): Volume {
  return (shape.length === 4 ? [shape[0], 1, ...shape.slice(1)] : shape) as Volume; // two or three spatial axes
}

/** The spatial extents of a filter. */
export function kernelOf(filter: readonly number[]): Kernel {
  return (filter.length === 4 ? [1, ...filter.slice(0, 2)] : filter.slice(0, 3)) as Kernel; // likewise
}

export function asVolume(e: Emitter, x: Term): Term {
  return e.reshape(x, volumeOf(x.shape));
}

/** `[kd, kh, kw, C, O]`. */
export function asFilter(e: Emitter, filter: Term): Term {
  return e.reshape(filter, [...kernelOf(filter.shape), ...filter.shape.slice(-2)]);
}

/** The window with a first axis along which nothing happens, where it has two. */
export function inThree(w: Window): Window {
  if (w.out.length === 3) return w;
  return {
    strides: [1, ...w.strides],
    dilations: [1, ...w.dilations],
    before: [0, ...w.before],
    after: [0, ...w.after],
    out: [1, ...w.out],
  };
}
