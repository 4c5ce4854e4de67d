import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { graphTable, withTable } from '../../../scripts/graph-table.ts';

const page = readFileSync(new URL('../../../proto/spec/sparse-graph.md', import.meta.url), 'utf8');

describe('the table of proto/spec/sparse-graph.md', () => {
  it('is the one that the code computes', () => {
    assert.equal(withTable(page, graphTable()), page, 'run node scripts/graph-table.ts');
  });

  it('has only rows within the bounds of the page', () => {
    for (const line of graphTable().split('\n').slice(2)) {
      const [, colludersWin, dropoutsBreak] = /\| (never|2\^-[0-9.]+) +\| (never|2\^-[0-9.]+) +\|$/.exec(line) ?? [];
      if (colludersWin === undefined) assert.match(line, /none|complete/);
      else assert.deepEqual([bits(colludersWin) >= 104, bits(dropoutsBreak!) >= 20], [true, true], line);
    }
  });

  function bits(power: string): number {
    return power === 'never' ? Infinity : Number(power.slice('2^-'.length));
  }
});
