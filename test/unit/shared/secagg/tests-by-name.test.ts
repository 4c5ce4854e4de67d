import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertTestExists, testLinks } from '../../../support/test-links.ts';

const spec = new URL('../../../../proto/spec/secure-sum.md', import.meta.url);
const section = /^## 10\. Tests by name$(.*?)^## /ms.exec(readFileSync(spec, 'utf8'))?.[1] ?? '';

interface Row {
  readonly attack: string;
  readonly links: ReturnType<typeof testLinks>;
}

const rows: readonly Row[] = section
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => {
    const [, attack = '', , tests = ''] = line.split('|').map((cell) => cell.trim());
    return { attack, links: testLinks(tests, spec) };
  });

describe('the table of attacks and faults', () => {
  for (const { attack, links } of rows) {
    it(`names tests that exist for: ${attack}`, () => {
      assert.ok(links.length > 0, 'a row without a test');
      links.forEach(assertTestExists);
    });
  }

  it('has all rows', () => {
    assert.equal(rows.length, 20);
  });
});
