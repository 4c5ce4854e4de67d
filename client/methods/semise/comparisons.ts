/**
 * Who is compared with whom: pairs of graded images of different patients and different severity, from one side of the
 * split alone, because the caller gives one side alone.
 *
 * @module
 */
import type { Random } from '#client/data/random';

/** An image whose severity may be known. */
export interface Graded {
  readonly patientId: string;
  /** Undefined where nobody graded it: it takes part in NT-Xent and in no comparison. */
  readonly severity: number | undefined;
}

/** Two indices into the images. */
export type Comparison = readonly [a: number, b: number];

/** `count` pairs, drawn with replacement among those that can be compared; none where there are none. */
export function drawComparisons(images: readonly Graded[], count: number, random: Random): readonly Comparison[] {
  const graded = [...images.keys()].filter((at) => images[at]!.severity !== undefined);
  const partnersOf = graded.map((a) => graded.filter((b) => comparable(images[a]!, images[b]!)));
  const able = [...graded.keys()].filter((at) => partnersOf[at]!.length > 0);
  if (able.length === 0) return [];
  return Array.from({ length: count }, () => {
    const at = able[random.integer(able.length)]!;
    const partners = partnersOf[at]!;
    return [graded[at]!, partners[random.integer(partners.length)]!];
  });
}

function comparable(a: Graded, b: Graded): boolean {
  return a.patientId !== b.patientId && a.severity !== b.severity;
}
