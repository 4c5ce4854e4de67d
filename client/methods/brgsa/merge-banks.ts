/**
 * Banks of several sites become one, row by row, weighted by use: a row that carries one hospital's rare disease is not
 * thinned by hospitals that never touch it. Under the secure sum only the sums exist: a site gives `bankContribution`,
 * and `bankOfSums` reads what comes back.
 *
 * @module
 */
import { type Bank, matchRows } from './match-rows.ts';

/** Row k is Σ usage·row / Σ usage over the banks; a row that nobody used is the plain mean of that row. */
export function mergeBanks(banks: readonly Bank[], usage: readonly ArrayLike<number>[]): readonly Float64Array[] {
  return banks[0]!.map((first, k) => {
    const used = usage.map((each) => each[k]!);
    const total = sum(used);
    const shares = used.map((one) => (total > 0 ? one / total : 1 / banks.length));
    return Float64Array.from(first, (_, d) => sum(banks.map((bank, b) => shares[b]! * bank[k]![d]!)));
  });
}

/** Banks that did not begin as one: every bank, the first too, in the order of the first; then merged. */
export function matchAndMerge(
  banks: readonly Bank[],
  usage: readonly ArrayLike<number>[],
): { readonly assignments: readonly (readonly number[])[]; readonly bank: readonly Float64Array[] } {
  const matches = banks.map((bank) => matchRows(banks[0]!, bank));
  const assignments = matches.map(({ assignment }) => assignment);
  const moved = assignments.map((assignment, b) => assignment.map((row) => usage[b]![row]!));
  const bank = mergeBanks(
    matches.map(({ matched }) => matched),
    moved,
  );
  return { assignments, bank };
}

/** What a site adds to the sum: `weighted` row by row, `usage` one number per row. MUST NOT leave this site unsummed. */
export interface BankContribution {
  readonly weighted: Float64Array;
  readonly usage: Float64Array;
}

/**
 * usage · (row - global row) and usage, for the rows that at least `patientFloor` of this site's patients use, in the
 * order of the global bank; the other rows are 0 in both, as if the site had never seen them.
 */
export function bankContribution(
  global: Bank,
  bank: Bank,
  { usage, patients }: { readonly usage: ArrayLike<number>; readonly patients: ArrayLike<number> },
  patientFloor: number,
): BankContribution {
  const width = global[0]!.length;
  const weighted = new Float64Array(global.length * width);
  const counted = new Float64Array(global.length);
  const { assignment } = matchRows(global, bank);
  assignment.forEach((row, k) => {
    if (patients[row]! < patientFloor) return;
    counted[k] = usage[row]!;
    for (let d = 0; d < width; d++) weighted[k * width + d] = usage[row]! * (bank[row]![d]! - global[k]![d]!);
  });
  return { weighted, usage: counted };
}

/** The merged bank from the sums of the contributions; a row that nobody contributed stays the global one. */
export function bankOfSums(global: Bank, { weighted, usage }: BankContribution): readonly Float64Array[] {
  return global.map((row, k) =>
    Float64Array.from(row, (value, d) => (usage[k]! > 0 ? value + weighted[k * row.length + d]! / usage[k]! : value)),
  );
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
