import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const spec = new URL('../../../../proto/spec/secure-sum.md', import.meta.url);
const section = /^## 10\. Tests by name$(.*?)^## /ms.exec(readFileSync(spec, 'utf8'))?.[1] ?? '';

interface Row {
  readonly attack: string;
  readonly links: readonly { readonly title: string; readonly file: URL }[];
}

const rows: readonly Row[] = section
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => {
    const [, attack = '', , tests = ''] = line.split('|').map((cell) => cell.trim());
    const links = [...tests.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
    return { attack, links: links.map(([, title, file]) => ({ title: title!, file: new URL(file!, spec) })) };
  });

describe('the table of attacks and faults', () => {
  for (const { attack, links } of rows) {
    it(`names tests that exist for: ${attack}`, () => {
      assert.ok(links.length > 0, 'a row without a test');
      for (const { title, file } of links) {
        assert.ok(existsSync(file), file.pathname);
        const source = readFileSync(file, 'utf8');
        const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
        const named = quoted.some((text) => source.includes(`describe(${text}`) || source.includes(`it(${text}`));
        assert.ok(named, `${file.pathname} has no test called: ${title}`);
      }
    });
  }

  it('has all rows', () => {
    assert.equal(rows.length, 20);
  });
});
