/** What the taps of a kernel see of a channels-last tensor, over any number of spatial axes. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import { range } from '../shapes.ts';
import type { Window } from './window.ts';

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
