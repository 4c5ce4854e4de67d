/** Colours of numbers from 0 to 1: those of viridis, which grow lighter all the way, so that a grey print reads the same. @module */

/** At equal steps from nothing to the most. Source: van der Walt and Smith 2015. */
const steps = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
] as const;

export type Rgb = readonly [number, number, number];

/** The colour of a number from 0 to 1. */
export function colourOf(value: number): Rgb {
  const at = value * (steps.length - 1);
  const low = Math.min(steps.length - 2, Math.floor(at));
  return blended(steps[low]!, steps[low + 1]!, at - low); // below the last
}

/** a + share (b - a). */
export function blended(a: Rgb, b: Rgb, share: number): Rgb {
  const mix = (i: 0 | 1 | 2): number => Math.round(a[i] + share * (b[i] - a[i]));
  return [mix(0), mix(1), mix(2)];
}
