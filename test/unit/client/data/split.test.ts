import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { frame } from '#shared/codec/frame';
import { groupBy } from '#client/data/group-by';
import { splitByPatient } from '#client/data/split';
import type { Split } from '#client/data/types';

const rows = (count: number, perPatient: number): readonly { readonly patientId: string }[] =>
  Array.from({ length: count }, (_, i) => ({ patientId: `p${Math.floor(i / perPatient)}` }));
const testCount = (splits: readonly Split[]): number => splits.filter((split) => split === 'test').length;

describe('split', () => {
  it('puts a quarter of the pairs on the test side', () => {
    assert.equal(testCount(splitByPatient(rows(200, 1))), 50);
  });

  it('never puts a patient on both sides', () => {
    const all = rows(90, 3);
    const splits = splitByPatient(all);
    const sides = groupBy(
      all.map(({ patientId }, i) => ({ patientId, split: splits[i] })),
      ({ patientId }) => patientId,
    );
    assert([...sides.values()].every((own) => new Set(own.map(({ split }) => split)).size === 1));
    assert.equal(testCount(splits), 24); // eight patients of three pairs reach 23, rounded from 22.5
  });

  it('takes patients in the order of their hashes', () => {
    const all = rows(40, 1);
    const hash = (id: string): string => createHash('sha256').update(frame('consilium/v1/split', id)).digest('hex');
    const first = all.map(({ patientId }) => patientId).sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
    const tested = splitByPatient(all).flatMap((split, i) => (split === 'test' ? [all[i]!.patientId] : []));
    assert.deepEqual(new Set(tested), new Set(first.slice(0, 10)));
  });

  it('depends on the ids alone, not on the order of the rows', () => {
    const all = rows(40, 1);
    const forwards = new Map(splitByPatient(all).map((split, i) => [all[i]!.patientId, split]));
    const turned = all.toReversed();
    splitByPatient(turned).forEach((split, i) => {
      assert.equal(split, forwards.get(turned[i]!.patientId));
    });
  });

  it('keeps one patient for training however few there are', () => {
    assert.deepEqual(splitByPatient(rows(1, 1)), ['train']);
    assert.deepEqual(splitByPatient(rows(6, 6)), new Array(6).fill('train'));
    assert.equal(testCount(splitByPatient(rows(4, 2))), 2);
    assert.deepEqual(splitByPatient([]), []);
  });

  it('honours the split of the file and divides only the rest', () => {
    const all = [
      ...rows(40, 1),
      { patientId: 'x', split: 'test' as const },
      { patientId: 'y', split: 'train' as const },
    ];
    const splits = splitByPatient(all);
    assert.deepEqual(splits.slice(40), ['test', 'train']);
    assert.equal(testCount(splits), 11);
  });

  it('refuses a file that puts one patient on both sides', () => {
    const both = [
      { patientId: 'secret', split: 'test' as const },
      { patientId: 'secret', split: 'train' as const },
    ];
    assert.throws(() => splitByPatient(both), { code: 'badFormat', message: /^(?!.*secret)/ });
    assert.throws(() => splitByPatient([both[0]!, { patientId: 'secret' }]), { code: 'badFormat' });
  });
});
