/**
 * Which patients are for training and which for testing: a site's own rule, the same whenever it is asked, and no
 * patient is ever on both sides.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { frame, label } from '#shared/codec/frame';
import { UsageError } from '#shared/errors';
import { groupBy } from './group-by.ts';
import type { Row, Split } from './types.ts';

/** A quarter of the pairs, of patients in the order of their hashes. */
const testShare = 0.25;

type Splittable = Pick<Row, 'patientId' | 'split'>;

/**
 * The split of every row. Where the file says nothing, patients go to the test side in the order of the SHA-256 of
 * their ids until it has a quarter of these rows; one patient at least stays for training.
 *
 * @throws UsageError (badFormat) if the file puts one patient on both sides, or names a side for some of a patient's rows only
 */
export function splitByPatient(rows: readonly Splittable[]): readonly Split[] {
  const patients = groupBy(rows, (row) => row.patientId);
  const sides = new Map<string, Split>();
  const open: [string, number][] = [];
  for (const [patient, own] of patients) {
    const named = new Set(own.map((row) => row.split));
    if (named.size > 1) throw new UsageError('badFormat', 'the column split puts one patient on both sides');
    const [side] = named;
    if (side === undefined) open.push([patient, own.length]);
    else sides.set(patient, side);
  }
  for (const [patient, side] of byHash(open)) sides.set(patient, side);
  return rows.map((row) => sides.get(row.patientId) ?? 'train');
}

function byHash(open: readonly (readonly [string, number])[]): readonly (readonly [string, Split])[] {
  const wanted = Math.round(open.reduce((sum, [, count]) => sum + count, 0) * testShare);
  const ordered = open
    .map(([patient, count]) => ({ patient, count, hash: hashOf(patient) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
  let taken = 0;
  return ordered.map(({ patient, count }, i) => {
    const test = taken < wanted && i < ordered.length - 1;
    if (test) taken += count;
    return [patient, test ? 'test' : 'train'];
  });
}

function hashOf(patient: string): string {
  return createHash('sha256')
    .update(frame(label('split'), patient))
    .digest('hex');
}
