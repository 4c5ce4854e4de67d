/** Pairs for the tests of SEMISE. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';

/** An image of 16 by 16 noise, graded or not, of a patient of its own. */
export function pairOf(id: string, grade: number | undefined): Pair {
  const random = randomFor(1, 'test image', id);
  const image = Float32Array.from({ length: 256 }, () => random.normal());
  const labels = grade === undefined ? [] : [`severity:${grade}`];
  return { id, report: '', labels, site: 'north', patientId: `patient-${id}`, split: 'train', image };
}
