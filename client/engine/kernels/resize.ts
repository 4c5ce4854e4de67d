/**
 * Resizing images. Both ways of it are linear along each axis, so an axis is a product with a fixed matrix, and the
 * gradient the product with its transpose.
 *
 * @module
 */
import type { Emitter, Term } from '../onnx/emitter.ts';
import type { TensorSpec } from '../types.ts';
import { row } from './row.ts';
import type { KernelRow } from './row.ts';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

interface ForwardAttrs extends ResizeAttrs {
  readonly size: readonly [height: number, width: number];
}

/** Which places of the source make place `at` of the target, with their weights. */
type Taps = (at: number, from: number, ratio: number, attrs: ResizeAttrs) => readonly (readonly [number, number])[];

const bilinear: Taps = (at, from, ratio, { halfPixelCenters }) => {
  const place = halfPixelCenters ? (at + 0.5) * ratio - 0.5 : at * ratio;
  const low = Math.max(0, Math.floor(place));
  return [
    [low, 1 - (place - low)],
    [Math.min(from - 1, Math.ceil(place)), place - low],
  ];
};

const nearest: Taps = (at, from, ratio, { alignCorners, halfPixelCenters }) => {
  const place = (halfPixelCenters ? at + 0.5 : at) * ratio;
  return [[Math.max(0, Math.min(from - 1, alignCorners ? Math.round(place) : Math.floor(place))), 1]];
};

/** The matrix [to, from] of one axis; transposed [from, to] for the gradient. */
function matrix(e: Emitter, from: number, to: number, taps: Taps, attrs: ResizeAttrs, transposed: boolean): Term {
  const ratio = attrs.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const weights = new Float32Array(to * from);
  for (let at = 0; at < to; at++) {
    for (const [place, weight] of taps(at, from, ratio, attrs)) {
      weights[transposed ? place * to + at : at * from + place]! += weight;
    }
  }
  return e.constant(weights, { shape: transposed ? [from, to] : [to, from], dtype: 'float32' });
}

/** x `[B, h, w, C]` with `rows [H, h]` along its height and `columns [W, w]` along its width. */
function alongBoth(e: Emitter, x: Term, rows: Term, columns: Term): Term {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]; // an image has four axes
  const [newHeight, newWidth] = [rows.shape[0]!, columns.shape[0]!];
  const flat = e.reshape(x, [batch, height, width * channels]);
  const tall = e.term(e.op('MatMul', [e.full(rows), e.full(flat)]), [batch, newHeight, width * channels]);
  const lines = e.reshape(tall, [batch * newHeight, width, channels]);
  const wide = e.term(e.op('MatMul', [e.full(columns), e.full(lines)]), [batch * newHeight, newWidth, channels]);
  return e.reshape(wide, [batch, newHeight, newWidth, channels]);
}

function forward(taps: Taps): KernelRow {
  return row<'images', ForwardAttrs>(
    ({ images: { shape } }, { size }) => ({ shape: [shape[0]!, ...size, shape[3]!], dtype: 'float32' }),
    (e, { inputs: { images }, attrs }) => {
      const axis = (i: 0 | 1): Term => matrix(e, images.shape[1 + i]!, attrs.size[i], taps, attrs, false);
      return alongBoth(e, e.cast(images, 'float32'), axis(0), axis(1));
    },
  );
}

function gradient(taps: Taps): KernelRow {
  return row<'images' | 'dy', ResizeAttrs>(
    ({ images }): TensorSpec => ({ shape: images.shape, dtype: 'float32' }),
    (e, { inputs: { images, dy }, attrs }) => {
      const axis = (i: 1 | 2): Term => matrix(e, images.shape[i]!, dy.shape[i]!, taps, attrs, true);
      return alongBoth(e, dy, axis(1), axis(2));
    },
  );
}

export const resizeRows: Readonly<Record<string, KernelRow>> = {
  ResizeBilinear: forward(bilinear),
  ResizeBilinearGrad: gradient(bilinear),
  ResizeNearestNeighbor: forward(nearest),
  ResizeNearestNeighborGrad: gradient(nearest),
};
