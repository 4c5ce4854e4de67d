/**
 * Rows of one bank in the order of another. Reading a bank does not depend on the order of its rows, so two banks that
 * did not begin as one have no common order, and cannot be averaged row by row.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import { dot } from '#client/evaluate/dot';
import { unitRow } from '../unit-row.ts';
import { leastCostAssignment } from './assignment.ts';

/** K rows of D numbers. */
export type Bank = readonly ArrayLike<number>[];

/** A bank in the order of a reference. */
export interface MatchedRows {
  /** For each row of the reference the row of the bank that was given to it. */
  readonly assignment: readonly number[];
  readonly matched: Bank;
}

/**
 * The permutation of the bank's rows with the greatest sum of cosines to the reference's rows.
 *
 * @throws UsageError (lengthMismatch) if the banks have not as many rows; (notFinite) if a number is NaN or infinite
 */
export function matchRows(reference: Bank, bank: Bank): MatchedRows {
  if (reference.length !== bank.length) {
    throw new UsageError('lengthMismatch', `a bank of ${bank.length} rows is matched to one of ${reference.length}`);
  }
  for (const row of [...reference, ...bank]) {
    if (!Array.from(row).every(Number.isFinite)) {
      throw new UsageError('notFinite', 'a row of the bank is not finite: the training diverged');
    }
  }
  const others = bank.map(unitRow);
  const costs = reference.map(unitRow).map((own) => Float64Array.from(others, (other) => -dot(own, other)));
  const assignment = leastCostAssignment(costs);
  return { assignment, matched: assignment.map((row) => bank[row]!) };
}
