/**
 * The healthy prototype: the mean direction of healthy patients over all sites, so that severity means the same at each.
 * A site gives a sum over its patients, every patient a vector no longer than 1; too few patients give nothing.
 *
 * @module
 */
import { UsageError } from '#shared/errors';

/** What a site adds to the secure sum. MUST NOT leave this site unsummed. */
export interface PrototypeContribution {
  /** Σ over patients of the mean of their unit embeddings: `[D]`. */
  readonly sum: Float64Array;
  readonly patients: number;
}

/**
 * The contribution of healthy embeddings of `width` numbers; zeros from fewer than `patientFloor` patients.
 */
export function prototypeContribution(
  embeddings: readonly ArrayLike<number>[],
  patientIds: readonly string[],
  patientFloor: number,
  width: number,
): PrototypeContribution {
  const byPatient = Map.groupBy(embeddings.keys(), (at) => patientIds[at]!);
  const sum = new Float64Array(width);
  if (byPatient.size < patientFloor) return { sum, patients: 0 };
  for (const own of byPatient.values()) for (const at of own) addUnit(sum, embeddings[at]!, 1 / own.length);
  return { sum, patients: byPatient.size };
}

/** The prototype of the summed contributions, `[D]`. @throws UsageError (noUsableRows) if no site had enough patients */
export function prototypeOfSum({ sum, patients }: PrototypeContribution): Float64Array {
  if (patients > 0) return sum.map((value) => value / patients);
  throw new UsageError('noUsableRows', 'no site has enough healthy patients for a prototype: train with NT-Xent alone');
}

function addUnit(sum: Float64Array, embedding: ArrayLike<number>, share: number): void {
  let squares = 0;
  for (let d = 0; d < sum.length; d++) squares += embedding[d]! ** 2;
  const norm = Math.max(Math.sqrt(squares), 1e-8);
  for (let d = 0; d < sum.length; d++) sum[d]! += (share * embedding[d]!) / norm;
}
