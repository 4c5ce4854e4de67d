/**
 * What a site says of the bank's rows after its local steps: how far each has moved, and how much the site's images and
 * texts use it. Rows are averaged by use, so that a row which carries one hospital's rare disease is not thinned by
 * hospitals that never touch it; a row that few patients use could come close to one of them, and stays at home.
 *
 * @module
 */
import type { Pair } from '#client/data/types';
import { outputNamed } from '../outputs.ts';
import type { Model, RowContribution } from '../types.ts';
import { type Bank, matchRows } from './match-rows.ts';

/** How much the rows of a bank are used. */
export interface RowUse {
  /** The sum of each row's weights over all images and texts. */
  readonly mass: Float64Array;
  /** The patients who use each row: those of whom an image or a text gives it more than the even share 1/K. */
  readonly patients: Int32Array;
}

/** About how many pairs are looked at together. */
const atOnce = 256;

/** The use of a bank of K rows by these pairs' images and reports. */
export async function useOf(model: Model, pairs: readonly Pair[], rowCount: number): Promise<RowUse> {
  const use = { mass: new Float64Array(rowCount), patients: new Int32Array(rowCount) };
  for (const some of groupsOfPatients(pairs)) {
    const images = outputNamed(await model.images(some), 'use');
    const texts = outputNamed(await model.texts(some.map(({ report }) => report)), 'use');
    const weights = [...images, ...texts];
    const ids = some.map(({ patientId }) => patientId);
    for (const row of weights) addTo(use.mass, row);
    addTo(use.patients, patientsPerRow(weights, [...ids, ...ids]));
  }
  return use;
}

/**
 * How many patients use each row. A patient uses a row that gets more than the even share 1/K of one of their examples;
 * `weights` has a row of K for each example, as `readBank` gives them.
 */
export function patientsPerRow(weights: readonly ArrayLike<number>[], patientIds: readonly string[]): Int32Array {
  const rowCount = weights[0]?.length ?? 0;
  const users = Array.from({ length: rowCount }, () => new Set<string>());
  weights.forEach((row, example) => {
    for (let k = 0; k < rowCount; k++) if (row[k]! > 1 / rowCount) users[k]!.add(patientIds[example]!);
  });
  return Int32Array.from(users, ({ size }) => size);
}

/**
 * The change of each row of the global bank and its weight, the whole part of its use but 1 at least; 0 in both for a row
 * that fewer than `patientFloor` patients use, as if the site had never seen it. The site's rows are matched to the global
 * ones first, which changes nothing where the site began with them and moved them a little.
 */
export function rowContribution(global: Bank, bank: Bank, use: RowUse, patientFloor: number): RowContribution {
  const width = global[0]?.length ?? 0;
  const delta = new Float32Array(global.length * width);
  const weights = new Int32Array(global.length);
  matchRows(global, bank).assignment.forEach((row, k) => {
    if (use.patients[row]! < patientFloor) return;
    weights[k] = Math.max(1, Math.floor(use.mass[row]!));
    for (let d = 0; d < width; d++) delta[k * width + d] = bank[row]![d]! - global[k]![d]!;
  });
  return { name: 'bank', delta, weights };
}

/** The rows of a matrix of `width` columns. */
export function rowsOf(values: Float32Array, width: number): Bank {
  return Array.from({ length: values.length / width }, (_, k) => values.subarray(k * width, (k + 1) * width));
}

/** The pairs in parts of about `atOnce`, all pairs of a patient in one. */
function* groupsOfPatients(pairs: readonly Pair[]): Generator<readonly Pair[]> {
  let group: Pair[] = [];
  for (const own of Map.groupBy(pairs, ({ patientId }) => patientId).values()) {
    group.push(...own);
    if (group.length < atOnce) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function addTo(sum: Float64Array | Int32Array, values: ArrayLike<number>): void {
  for (let k = 0; k < sum.length; k++) sum[k]! += values[k]!;
}
