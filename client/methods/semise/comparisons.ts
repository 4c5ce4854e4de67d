/**
 * Who is compared with whom: all pairs of the graded places of a batch, as far as they hold images of different patients.
 * A batch comes from one side of the split alone, and so do its comparisons.
 *
 * @module
 */

/** An image whose severity may be known. */
export interface Graded {
  readonly patientId: string;
  /** Undefined where nobody graded it: it takes part in NT-Xent and in no comparison. */
  readonly severity: number | undefined;
}

/** Two indices into the graded places of a batch, the lower one first. */
export type Comparison = readonly [a: number, b: number];

/** All pairs of `count` places: the order of the comparisons in a batch. */
export function pairsOfPlaces(count: number): readonly Comparison[] {
  return Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (__, i): Comparison => [a, a + 1 + i]),
  ).flat();
}

/** For each pair of `places` places 1 where both hold a graded image and the patients differ, else 0. */
export function compared(images: readonly Graded[], places: number): Float32Array {
  return Float32Array.from(pairsOfPlaces(places), ([a, b]) => Number(comparable(images[a], images[b])));
}

function comparable(a: Graded | undefined, b: Graded | undefined): boolean {
  return a?.severity !== undefined && b?.severity !== undefined && a.patientId !== b.patientId;
}
