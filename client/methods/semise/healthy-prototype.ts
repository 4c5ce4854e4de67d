/**
 * The healthy prototype: the mean direction of healthy patients over all sites, so that severity means the same at each.
 * A site gives a sum over its patients, every patient a vector no longer than 1; too few patients give nothing.
 *
 * @module
 */
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import { UsageError } from '#shared/errors';
import { outputNamed } from '../outputs.ts';
import type { Model, RowContribution } from '../types.ts';
import type { SemiseSection } from './config.ts';
import { gradedOf } from './grades.ts';

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

/**
 * What a site says of the prototype after a round: its own healthy patients' mean less the global one, weighing by their
 * number, so that the weighted mean over sites is the mean over all their patients.
 */
export async function prototypeRow(
  { grades, healthyUpTo, patientFloor }: SemiseSection,
  model: Pick<Model, 'images'>,
  global: HostValues,
  pairs: readonly Pair[],
): Promise<readonly RowContribution[]> {
  const healthy = gradedOf(pairs, grades).filter(({ grade }) => grade <= healthyUpTo);
  const own = healthy.map(({ pair }) => pair);
  const embeddings = own.length === 0 ? [] : outputNamed(await model.images(own), 'embedding');
  const before = Float32Array.from(global['prototype'] ?? []);
  const patientIds = own.map(({ patientId }) => patientId);
  const { sum, patients } = prototypeContribution(embeddings, patientIds, patientFloor, before.length);
  const delta = before.map((value, d) => (patients > 0 ? sum[d]! / patients - value : 0)); // as long as the prototype
  return [{ name: 'prototype', delta, weights: Int32Array.of(patients) }];
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
