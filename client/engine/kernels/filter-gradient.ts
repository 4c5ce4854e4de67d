/**
 * The gradient of a convolution to its filter: products of what the taps saw of x with dy, summed over all places. They
 * are taken per sample and then added, which two threads share; one long product they do not.
 *
 * @module
 */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { sizeOf } from '../shapes.ts';
import { padSpatial, tapSlice, taps } from './taps.ts';
import { asVolume, inThree, kernelOf, volumeOf } from './volume.ts';
import type { Kernel, Volume } from './volume.ts';
import type { Window } from './window.ts';

/** dW `filterShape` from x and dy of a convolution with window `w`. */
export function filterGradient(e: Emitter, x: Term, dy: Term, filterShape: readonly number[], w: Window): Term {
  const kernel = kernelOf(filterShape);
  const volume = { x: asVolume(e, x), dy: asVolume(e, dy) };
  const window = inThree(w);
  const C = filterShape.at(-2)!;
  const dense = window.strides.every((stride) => stride === 1) && window.dilations[2] === 1;
  const blocks = e.block > 0 && window.dilations.every((dilation) => dilation === 1) && fillsBlocks(e, volume.dy);
  const made =
    sizeOf(kernel) > 1 && C <= fewChannels && dense && blocks
      ? byPlaceBlocks(e, volume.x, volume.dy, kernel, window)
      : sizeOf(kernel) > 1 && C <= fewChannels
        ? byTapRows(e, volume.x, volume.dy, kernel, window)
        : kernel[2] > 1 && dense && blocks
          ? byRowBlocks(e, volume.x, volume.dy, kernel, window)
          : kernel[2] > 1 && dense
            ? byShiftedRows(e, volume.x, volume.dy, kernel, window)
            : byTap(e, volume.x, volume.dy, kernel, window);
  return e.reshape(made, filterShape);
}

/** Up to here all taps of all channels fit into the rows of one product. */
const fewChannels = 4;

/** The sum over samples of aᵀ b: a `[N, P, A]`, b `[N, P, B]`, the sum `[A, B]`. */
function product(e: Emitter, a: string, b: string, transA = 1): string {
  return e.op('ReduceSum', [e.op('FusedMatMul', [a, b], { transA }), e.ints([0])], { keepdims: 0 });
}

/** One product per tap: [C, P] with [P, O]. */
function byTap(e: Emitter, x: Term, dy: Term, kernel: Kernel, w: Window): Term {
  const [N, , , , C] = volumeOf(x.shape);
  const O = dy.shape.at(-1)!;
  const P = sizeOf(w.out);
  const padded = padSpatial(e, x, w);
  const dyRows = e.full(e.reshape(dy, [N, P, O]));
  const products = taps(kernel).map((tap) => {
    const rows = e.op('Reshape', [tapSlice(e, padded, tap, w, x.shape), e.ints([N, P, C])]);
    return e.op('Reshape', [product(e, rows, dyRows), e.ints([1, C, O])]);
  });
  return e.term(joined(e, products), [products.length, C, O]);
}

/**
 * The taps along the last axis are shifts of dy instead of x: a third as many products, three times as wide for a kernel
 * of three. dW[k] = sum over w of x[w] dy[w - k], over the padded w.
 */
function byShiftedRows(e: Emitter, x: Term, dy: Term, [kd, kh, kw]: Kernel, w: Window): Term {
  const [N, , , W, C] = x.shape as Volume;
  const [, Do, Ho, , O] = dy.shape as Volume;
  const padded = padSpatial(e, x, w);
  const width = W + w.before[2]! + w.after[2]!;
  const P = Do * Ho * width;
  const spread = e.op('Pad', [e.full(dy), e.ints([0, 0, 0, kw - 1, 0, 0, 0, 0, kw - 1, 0]), e.number(0)]);
  const shifts = Array.from({ length: kw }, (_, k) => kw - 1 - k).map((from) =>
    e.op('Slice', [spread, e.ints([from]), e.ints([from + width]), e.ints([3])]),
  );
  const dyRows = e.op('Reshape', [e.op('Concat', shifts, { axis: 4 }), e.ints([N, P, kw * O])]);
  const rowsOf: Window = { ...w, out: [Do, Ho, width] };
  const products = taps([kd, kh, 1]).map((tap) => {
    const rows = e.op('Reshape', [tapSlice(e, padded, tap, rowsOf, x.shape), e.ints([N, P, C])]);
    return e.op('Reshape', [product(e, rows, dyRows), e.ints([1, C, kw, O])]);
  });
  return e.term(e.transpose(joined(e, products), [0, 2, 1, 3]), [kd * kh, kw, C, O]);
}

function fillsBlocks(e: Emitter, dy: Term): boolean {
  const [, , , Wo, O] = dy.shape as Volume;
  return Wo % e.block === 0 && O % e.block === 0;
}

/**
 * A convolution on the blocked kernels that sums over places: B neighbours of a row are a block of input channels, dy is
 * the filter, as tall as dy is. Its image is x with B neighbours innermost, once per tap along the last axis; the depth
 * taps are shifts of dy, and filters of their own. The output has a row per middle tap, and [kw C] in it.
 */
function byRowBlocks(e: Emitter, x: Term, dy: Term, kernel: Kernel, w: Window): Term {
  const [kd, kh, kw] = kernel;
  const [C, O, B] = [x.shape[4]!, dy.shape[4]!, e.block]; // volumes have five axes
  const y = e.op('nchwc.Conv', [neighbours(e, x, dy.shape as Volume, kernel, w), shiftedFilters(e, dy, kd)], {
    kernel_shape: [dy.shape[2]!, 1],
  });
  const apart = e.op('Reshape', [y, e.ints([kd, O / B, kh, kw, C, B])]);
  return e.term(e.transpose(apart, [0, 2, 3, 4, 1, 5]), [kd, kh, kw, C, O / B, B]);
}

/** The image: `[1, N D' nb B, H', kw C]` with D' and H' padded extents and nb blocks in a row. */
function neighbours(e: Emitter, x: Term, [N, Do, Ho, Wo]: Volume, [kd, kh, kw]: Kernel, w: Window): string {
  const B = e.block;
  const [C, D, H, nb] = [x.shape[4]!, Do + kd - 1, Ho + kh - 1, Wo / B];
  const padded = padSpatial(e, x, w);
  const byTap = Array.from({ length: kw }, (_, k) => {
    const row = e.op('Slice', [padded, e.ints([k]), e.ints([k + Wo]), e.ints([3])]);
    const places = e.op('Reshape', [row, e.ints([N * D * H * nb, B, 1, C])]);
    return e.op('Reshape', [e.op('nchwc.ReorderInput', [places]), e.ints([N * D, H, nb, 1, C * B])]);
  });
  const joint = e.op('Concat', byTap, { axis: 3 });
  const ordered = nb === 1 ? joint : e.transpose(joint, [0, 2, 1, 3, 4]);
  return e.op('Reshape', [ordered, e.ints([1, N * D * nb * B, H, kw * C])]);
}

/** The filters: `[kd O, N D' nb B, Ho, 1]`, blocked. */
function shiftedFilters(e: Emitter, dy: Term, kd: number): string {
  const [N, Do, Ho, Wo, O] = dy.shape as Volume;
  const B = e.block;
  const [D, nb] = [Do + kd - 1, Wo / B];
  const pads = [0, kd - 1, 0, 0, 0, 0, kd - 1, 0, 0, 0];
  const padded = kd === 1 ? e.full(dy) : e.op('Pad', [e.full(dy), e.ints(pads), e.number(0)]);
  const shifts = Array.from({ length: kd }, (_, k) => kd - 1 - k).map((from) => {
    const shift = kd === 1 ? padded : e.op('Slice', [padded, e.ints([from]), e.ints([from + D]), e.ints([1])]);
    const apart = e.op('Reshape', [shift, e.ints([N * D, Ho, nb, B, O / B, B])]);
    const ordered = nb === 1 && O === B ? apart : e.transpose(apart, [4, 0, 2, 1, 3, 5]);
    return e.op('Reshape', [ordered, e.ints([O, N * D * nb * B, Ho, 1])]);
  });
  return joined(e, shifts);
}

/**
 * With few channels: dy is the filter as it lies, over a whole plane, a row of it cut into blocks of B neighbours; those
 * are the input channels, and the filter steps over the blocks of a row by its dilation. The image has in every block's
 * place what the depth taps, the taps of a row and the channels saw: T places that the output has a column for.
 */
function byPlaceBlocks(e: Emitter, x: Term, dy: Term, [kd, kh, kw]: Kernel, w: Window): Term {
  const [N, Do, Ho, Wo, O] = dy.shape as Volume;
  const [C, B] = [x.shape[4]!, e.block]; // volumes have five axes
  const [D, H, nb, T] = [Do + kd - 1, Ho + kh - 1, Wo / B, kd * kw * C];
  const padded = padSpatial(e, x, w);
  const rows = taps([kw, C]).map(([k, c]) => {
    const seen = e.op('Slice', [padded, e.ints([k!, c!]), e.ints([k! + Wo, c! + 1]), e.ints([3, 4])]);
    return e.op('Reshape', [seen, e.ints([N, D, H, nb, 1, B])]);
  });
  const row = joined(e, rows, 4);
  const planes = Array.from({ length: kd }, (_, d) =>
    kd === 1 ? row : e.op('Slice', [row, e.ints([d]), e.ints([d + Do]), e.ints([1])]),
  );
  const image = e.op('Reshape', [joined(e, planes, 4), e.ints([1, N * Do * B, H, nb * T])]);
  const places = e.op('Reshape', [e.full(dy), e.ints([N * Do, Ho, nb, B, O / B, B])]);
  const filter = O === B ? places : e.transpose(places, [4, 0, 1, 2, 3, 5]);
  const y = e.op('nchwc.Conv', [image, e.op('Reshape', [filter, e.ints([O, N * Do * B, Ho, nb])])], {
    kernel_shape: [Ho, nb],
    dilations: [1, T],
  });
  const apart = e.op('Reshape', [y, e.ints([O / B, kh, kd, kw, C, B])]);
  return e.term(e.transpose(apart, [2, 1, 3, 4, 0, 5]), [kd, kh, kw, C, O / B, B]);
}

/** With few channels: one product, [taps C, P] with [P, O]. */
function byTapRows(e: Emitter, x: Term, dy: Term, kernel: Kernel, w: Window): Term {
  const [N, D, H, W, C] = x.shape as Volume;
  const O = dy.shape.at(-1)!;
  const P = sizeOf(w.out);
  const planes = e.reshape(e.term(e.transpose(e.full(x), [0, 4, 1, 2, 3]), [N, C, D, H, W]), [N * C, D, H, W, 1]);
  const padded = padSpatial(e, planes, w);
  const rows = taps(kernel).map((tap) =>
    e.op('Reshape', [tapSlice(e, padded, tap, w, planes.shape), e.ints([N, C, P])]),
  );
  const dyRows = e.full(e.reshape(dy, [N, P, O]));
  return e.term(product(e, e.op('Concat', rows, { axis: 1 }), dyRows, 0), [rows.length * C, O]);
}

function joined(e: Emitter, parts: readonly string[], axis = 0): string {
  return parts.length === 1 ? parts[0]! : e.op('Concat', parts, { axis });
}
