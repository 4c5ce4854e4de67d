/**
 * Banks of several sites become one, row by row, weighted by use: what the secure sum of `rows.ts` comes to, said with all
 * banks in one place.
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
