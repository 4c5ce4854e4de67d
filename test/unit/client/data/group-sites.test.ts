import assert from 'node:assert/strict';
import { groupSites } from '#client/data/group-sites';

interface Sited {
  readonly site: string;
  readonly patientId: string;
  readonly report: string;
}

/** `'A3 B2'`: three rows at A, two at B, every row its own patient. */
function sited(spec: string, report = 'clear'): readonly Sited[] {
  return spec.split(' ').flatMap((part) => {
    const site = part.slice(0, 1);
    return Array.from({ length: Number(part.slice(1)) }, (_, i) => ({
      site,
      patientId: `${site}${i}${report}`,
      report,
    }));
  });
}

describe('group-sites', () => {
  it('makes groups of about equal size of whole values', () => {
    const groups = groupSites(sited('A9 B5 C4 D4 E3 F2'), 3);
    assert.deepEqual(
      groups.map(({ values, rows }) => [values.join(''), rows.length]),
      [
        ['A', 9],
        ['BEF', 10],
        ['CD', 8],
      ],
    );
  });

  it('places the largest values first, whatever they are called', () => {
    const groups = groupSites(sited('A1 B2 C2 Z9'), 3);
    assert.deepEqual(
      groups.map(({ values }) => values.join('')),
      ['Z', 'AB', 'C'],
    );
  });

  it('makes the same groups whatever the order of the rows', () => {
    const rows = sited('A3 B3 C3 D2 E2');
    const values = groupSites(rows, 3).map((group) => group.values);
    assert.deepEqual(
      groupSites(rows.toReversed(), 3).map((group) => group.values),
      values,
    );
  });

  it('keeps values together that share a patient', () => {
    const rows = [
      ...sited('A4 B3 C3 D3'),
      { site: 'A', patientId: 'both', report: 'clear' },
      { site: 'D', patientId: 'both', report: 'clear' },
    ];
    const groups = groupSites(rows, 3);
    assert.deepEqual(groups[0]?.values, ['A', 'D']);
    assert.equal(groups[0].rows.length, 9);
  });

  it('counts only rows with a report and hands the others out with them', () => {
    const rows = [...sited('A30', ''), ...sited('A1 B5 C5 D4')];
    const groups = groupSites(rows, 3);
    assert.deepEqual(
      groups.map(({ values, rows: own }) => [values.join(''), own.length]),
      [
        ['B', 5],
        ['C', 5],
        ['AD', 35],
      ],
    );
    assert.throws(() => groupSites([...sited('A9', ''), ...sited('B2 C2')], 3), { code: 'tooFewSites' });
  });

  it('refuses to make more groups than there are values without a common patient', () => {
    assert.throws(() => groupSites(sited('A4 B3'), 3), { code: 'tooFewSites', message: /2 values.*3 sites/ });
    const joined = [
      ...sited('A1 B1 C1'),
      { site: 'A', patientId: 'x', report: 'clear' },
      { site: 'B', patientId: 'x', report: 'clear' },
    ];
    assert.throws(() => groupSites(joined, 3), { code: 'tooFewSites' });
  });

  it('counts every row where no row has a report: data for a method that reads images alone', () => {
    const rows = sited('A9 B5 C4', '');
    assert.deepEqual(groupSites(rows, 3).map((group) => group.values), [['A'], ['B'], ['C']]); // prettier-ignore
  });
});
