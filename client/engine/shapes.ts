/** Arithmetic on shapes. @module */

export type Shape = readonly number[];

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** The shape of an elementwise result, by the broadcasting rule of NumPy; the caller has checked that it holds. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    return x === 1 ? y : x;
  });
}

/** 0, 1, … `count` - 1, from `start`. */
export function range(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The axes of a reduction, counted from the front and ascending; all axes when none is named. */
export function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === null || axis === undefined) return range(rank);
  const list = typeof axis === 'number' ? [axis] : axis;
  return list.map((one) => axisOf(one, rank)).sort((a, b) => a - b);
}

/** `shape` with `extent` at `axis`. */
export function withExtent(shape: Shape, axis: number, extent: number): number[] {
  return shape.map((old, i) => (i === axis ? extent : old));
}
