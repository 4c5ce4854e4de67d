/** The gradient of a convolution to its input. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { range, sizeOf } from '../shapes.ts';
import { blockedConvolution } from './blocked.ts';
import { taps } from './taps.ts';
import { asFilter, asVolume, inThree, kernelOf, volumeOf } from './volume.ts';
import type { Kernel, Volume } from './volume.ts';
import { channelsFirst, channelsLast, onnxPads, outputPadding, spatial } from './window.ts';
import type { Window } from './window.ts';

/** dx `inputShape` from dy and the filter of a convolution with window `w`. */
export function inputGradient(e: Emitter, dy: Term, filter: Term, inputShape: readonly number[], w: Window): Term {
  if (e.block === 0) return standard(e, dy, filter, inputShape, w);
  const volume = volumeOf(inputShape);
  const made = blocked(e, asVolume(e, dy), asFilter(e, filter), volume, kernelOf(filter.shape), inThree(w));
  return made === undefined ? standard(e, dy, filter, inputShape, w) : e.reshape(made, inputShape);
}

/** With stride 1 a convolution of dy with the filter flipped, in and out swapped: faster than a transposed one. */
function standard(e: Emitter, dy: Term, filter: Term, inputShape: readonly number[], w: Window): Term {
  const axes = inputShape.length - 2;
  const kernel = filter.shape.slice(0, -2);
  const dyFirst = e.transpose(e.full(dy), channelsFirst(axes));
  const swapped = e.transpose(e.full(filter), [axes + 1, axes, ...range(axes)]);
  const dx = w.strides.every((stride) => stride === 1)
    ? e.op('Conv', [dyFirst, e.transpose(e.full(flipped(e, filter)), [axes, axes + 1, ...range(axes)])], {
        dilations: w.dilations,
        pads: onnxPads(fullWindow(kernel, spatial(inputShape), w)),
      })
    : e.op('ConvTranspose', [dyFirst, swapped], {
        strides: w.strides,
        dilations: w.dilations,
        pads: onnxPads(w),
        output_padding: outputPadding(spatial(inputShape), kernel, w),
      });
  return e.term(e.transpose(dx, channelsLast(axes)), inputShape);
}

/** The window in which the flipped filter sees every dy that an input place took part in. */
function fullWindow(kernel: readonly number[], out: readonly number[], w: Window): Window {
  const reach = kernel.map((size, i) => (size - 1) * w.dilations[i]!);
  const before = reach.map((one, i) => one - w.before[i]!);
  const after = reach.map((one, i) => one - w.after[i]!);
  return { strides: kernel.map(() => 1), dilations: w.dilations, before, after, out };
}

/** The filter backwards along its spatial axes. */
function flipped(e: Emitter, filter: Term): Term {
  const axes = filter.shape.length - 2;
  const all = (value: number): string => e.ints(range(axes).map(() => value));
  const ends = [all(-1), all(Number.MIN_SAFE_INTEGER), e.ints(range(axes)), all(-1)];
  return e.term(e.op('Slice', [e.full(filter), ...ends]), filter.shape);
}

/** The same on the blocked kernels; nothing where they would have to crop. */
function blocked(e: Emitter, dy: Term, filter: Term, volume: Volume, kernel: Kernel, w: Window): Term | undefined {
  const crops = ({ before, after }: Window): boolean => [...before.slice(1), ...after.slice(1)].some((pad) => pad < 0);
  if (w.strides.every((stride) => stride === 1)) {
    const full = fullWindow(kernel, spatial(volume), w);
    return crops(full) ? undefined : blockedConvolution(e, dy, swapChannels(e, flipped(e, filter)), full);
  }
  const axes = kernel.map((size, i) => residuesOf(size, volume[1 + i]!, i, w));
  const window = residueWindow(axes, dy.shape as Volume);
  if (crops(window)) return undefined;
  return interleave(e, blockedConvolution(e, dy, residueFilter(e, filter, axes), window), axes, volume);
}

function swapChannels(e: Emitter, filter: Term): Term {
  const [kd, kh, kw, C, O] = filter.shape as Volume;
  return e.term(e.transpose(e.full(filter), [0, 1, 2, 4, 3]), [kd, kh, kw, O, C]);
}

/**
 * Along one axis, with stride s: dx at s q + r is the sum over k of dy at q + m times the filter's tap k, for the m with
 * r + before - k dilation = s m. `tapAt(m, r)` is that k, or nothing; m runs from `first` over `count` places.
 */
interface Residues {
  readonly stride: number;
  readonly places: number;
  readonly first: number;
  readonly count: number;
  tapAt(place: number, residue: number): number | undefined;
}

function residuesOf(size: number, extent: number, axis: number, w: Window): Residues {
  const stride = w.strides[axis]!;
  const tapOf = new Map<string, number>();
  const places: number[] = [];
  for (const [r, k] of taps([stride, size]) as [number, number][]) {
    const m = (r + w.before[axis]! - k * w.dilations[axis]!) / stride;
    if (!Number.isInteger(m)) continue;
    tapOf.set(`${m} ${r}`, k);
    places.push(m);
  }
  const first = Math.min(...places);
  return {
    stride,
    places: Math.ceil(extent / stride),
    first,
    count: Math.max(...places) - first + 1,
    tapAt: (place, residue) => tapOf.get(`${first + place} ${residue}`),
  };
}

/** All residues are the output channels of one convolution with stride 1. */
function residueWindow(axes: readonly Residues[], dy: Volume): Window {
  const out = axes.map(({ places }) => places);
  const before = axes.map(({ first }) => -first);
  const after = axes.map(({ first, count, places }, i) => places - 1 + first + count - dy[1 + i]!);
  return { strides: [1, 1, 1], dilations: [1, 1, 1], before, after, out };
}

/** `[places, O, residues C]`: the filter's taps where they are seen, nothing elsewhere. */
function residueFilter(e: Emitter, filter: Term, axes: readonly Residues[]): Term {
  const [kd, kh, kw, C, O] = filter.shape as Volume;
  const counts = axes.map(({ count }) => count);
  const strides = axes.map(({ stride }) => stride);
  const nothing = kd * kh * kw;
  const chosen = taps(counts).flatMap((place) =>
    taps(strides).map((residue) => {
      const k = axes.map((axis, i) => axis.tapAt(place[i]!, residue[i]!));
      return k.includes(undefined) ? nothing : (k[0]! * kh + k[1]!) * kw + k[2]!;
    }),
  );
  const known = e.full(e.reshape(filter, [nothing, C, O]));
  const withNothing = e.op('Pad', [known, e.ints([0, 0, 0, 1, 0, 0]), e.number(0)]);
  const S = sizeOf(strides);
  const gathered = e.op('Gather', [withNothing, e.ints(chosen)], { axis: 0 });
  const byPlace = e.op('Reshape', [gathered, e.ints([sizeOf(counts), S, C, O])]);
  return e.reshape(e.term(e.transpose(byPlace, [0, 3, 1, 2]), [sizeOf(counts), O, S, C]), [...counts, O, S * C]);
}

/** From `[N, places, residues C]` to the volume. */
function interleave(e: Emitter, y: Term, axes: readonly Residues[], volume: Volume): Term {
  const [N, D, H, W, C] = volume;
  const [d, h, v] = axes as [Residues, Residues, Residues];
  const apart = [N, d.places, h.places, v.places, d.stride, h.stride, v.stride * C];
  const order = [0, 1, 4, 2, 5, 3, 6];
  const together = e.transpose(e.full(e.reshape(y, apart)), order);
  const whole = [N, ...axes.map(({ places, stride }) => places * stride), C];
  const joined = e.reshape(e.term(together, order.map((axis) => apart[axis]!)), whole); // prettier-ignore
  if (whole.every((extent, i) => extent === volume[i])) return joined;
  return e.term(e.op('Slice', [e.full(joined), e.ints([0, 0, 0]), e.ints([D, H, W]), e.ints([1, 2, 3])]), volume);
}
