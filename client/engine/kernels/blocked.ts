/**
 * Convolution on the kernels that ONNX Runtime has for its blocked layout (MLAS, NCHWc: `snchwc.cpp`): two to three times
 * faster than its other convolutions, and over three spatial axes too, which it never uses them for itself.
 *
 * A blocked image is `[N, C / B, H, W, B]` with B floats in a vector register; with C = B that is channels last, as
 * TensorFlow.js has it. The kernels know two axes, so a volume is a batch of its slices, and what the kernel's depth taps
 * see is gathered along the channels: `[N Do, kd C, H, W]`.
 *
 * @module
 */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { range } from '../shapes.ts';
import type { Volume } from './volume.ts';
import { taps } from './taps.ts';
import type { Window } from './window.ts';

/** x `[N, D, H, W, C]` with filter `[kd, kh, kw, C, O]`: `[N, Do, Ho, Wo, O]`. The pads of H and W are not negative. */
export function blockedConvolution(e: Emitter, x: Term, filter: Term, w: Window): Term {
  const [kd, kh, kw, C, O] = filter.shape as Volume; // five axes as well
  const [N] = x.shape as Volume;
  const [Do, Ho, Wo] = w.out as [number, number, number];
  if (isPointwise([kd, kh, kw], w)) return pointwise(e, x, filter, w);
  const planes = kd * C < e.block; // too few channels for a block: read as planes
  const padded = { channels: planes ? C : wholeBlocks(e, C), outputs: wholeBlocks(e, O) };
  const input = gatherDepth(e, toSlices(e, x, padded.channels, planes), kd, w, x.shape as Volume, padded.channels);
  const weights = blockFilter(e, padFilter(e, filter, padded.channels, padded.outputs), planes);
  const y = e.op('nchwc.Conv', [input, weights], {
    kernel_shape: [kh, kw],
    strides: w.strides.slice(1),
    dilations: w.dilations.slice(1),
    pads: [...w.before.slice(1), ...w.after.slice(1)],
  });
  const lastly = O === e.block ? y : e.op('nchwc.ReorderOutput', [y], { channels: O, channels_last: 1 });
  return e.term(e.op('Reshape', [lastly, e.ints([N, Do, Ho, Wo, O])]), [N, Do, Ho, Wo, O]);
}

const wholeBlocks = (e: Emitter, channels: number): number => Math.ceil(channels / e.block) * e.block;

function isPointwise(kernel: readonly number[], { before, after }: Window): boolean {
  return [...before, ...after].every((pad) => pad === 0) && kernel.every((size) => size === 1);
}

/** A kernel of one place: a matrix product of the places that the strides leave, `[P, C]` with `[C, O]`. */
function pointwise(e: Emitter, x: Term, filter: Term, w: Window): Term {
  const [N, , , , C] = x.shape as Volume;
  const O = filter.shape[4]!;
  const shape = [N, ...w.out, C];
  const last = w.out.map((places, i) => (places - 1) * w.strides[i]! + 1);
  const whole = w.strides.every((stride) => stride === 1);
  const seen = whole
    ? x
    : e.term(e.op('Slice', [e.full(x), e.ints([0, 0, 0]), e.ints(last), e.ints([1, 2, 3]), e.ints(w.strides)]), shape);
  const P = N * w.out.reduce((product, places) => product * places, 1);
  const y = e.op('Gemm', [e.full(e.reshape(seen, [P, C])), e.full(e.reshape(filter, [C, O]))]);
  return e.reshape(e.term(y, [P, O]), [N, ...w.out, O]);
}

/** `[N, D, channels H W]`, blocked or as planes. */
function toSlices(e: Emitter, x: Term, channels: number, planes: boolean): string {
  const [N, D, H, W, C] = x.shape as Volume;
  const rows = e.ints([N, D, channels * H * W]);
  const filled =
    channels === C
      ? e.full(x)
      : e.op('Pad', [e.full(x), e.ints([...range(9).map(() => 0), channels - C]), e.number(0)]);
  if (channels === 1 || (!planes && channels === e.block)) return e.op('Reshape', [filled, rows]); // so it lies already
  const slices = e.op('Reshape', [filled, e.ints([N * D, H, W, channels])]);
  const ordered = planes
    ? e.transpose(slices, [0, 3, 1, 2])
    : e.op('nchwc.ReorderInput', [slices], { channels_last: 1 });
  return e.op('Reshape', [ordered, rows]);
}

/** `[N Do, kd channels, H, W]`: for every slice of the output the slices that the depth taps see, an empty one outside. */
function gatherDepth(
  e: Emitter,
  slices: string,
  kd: number,
  w: Window,
  [N, D, H, W]: Volume,
  channels: number,
): string {
  const [Do] = w.out as [number];
  const seen = taps([Do, kd]).map(([o, k]) => o! * w.strides[0]! + k! * w.dilations[0]! - w.before[0]!);
  const outside = seen.some((d) => d < 0 || d >= D);
  const shape = e.ints([N * Do, kd * channels, H, W]);
  if (kd === 1 && seen.length === D && seen.every((d, i) => d === i)) return e.op('Reshape', [slices, shape]);
  const withEmpty = outside ? e.op('Pad', [slices, e.ints([0, 0, 0, 0, 1, 0]), e.number(0)]) : slices;
  const places = e.ints(seen.map((d) => (d < 0 || d >= D ? D : d)));
  return e.op('Reshape', [e.op('Gather', [withEmpty, places], { axis: 1 }), shape]);
}

function padFilter(e: Emitter, filter: Term, channels: number, outputs: number): Term {
  const [kd, kh, kw, C, O] = filter.shape as Volume;
  if (channels === C && outputs === O) return filter;
  const pads = e.ints([...range(8).map(() => 0), channels - C, outputs - O]);
  return e.term(e.op('Pad', [e.full(filter), pads, e.number(0)]), [kd, kh, kw, channels, outputs]);
}

/** `[O / B, kd C / B, kh, kw, B of C, B of O]`, or with planes `[O / B, kd C, kh, kw, B of O]`. */
function blockFilter(e: Emitter, filter: Term, planes: boolean): string {
  const B = e.block;
  const [kd, kh, kw, C, O] = filter.shape as Volume;
  const split = planes ? [kd, kh, kw, C, O / B, B] : [kd, kh, kw, C / B, B, O / B, B];
  const order = planes ? [4, 0, 3, 1, 2, 5] : [5, 0, 3, 1, 2, 4, 6];
  const blocks = e.transpose(e.full(e.reshape(filter, split)), order);
  return e.op('Reshape', [blocks, e.ints([O, kd * C, kh, kw])]);
}
