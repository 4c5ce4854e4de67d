/** Links of a page to tests: `[title](path of the file)`. @module */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

interface TestLink {
  readonly title: string;
  readonly file: URL;
}

/** Those of a text; `page` is where it stands. */
export function testLinks(text: string, page: URL): readonly TestLink[] {
  return [...text.matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)].map(([, title = '', path = '']) => ({
    title,
    file: new URL(path, page),
  }));
}

/** Fails unless the file has a test, or a group of tests, of this title. */
export function assertTestExists({ title, file }: TestLink): void {
  assert.ok(existsSync(file), file.pathname);
  const source = readFileSync(file, 'utf8');
  const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
  const isNamed = quoted.some((text) => source.includes(`describe(${text}`) || source.includes(`it(${text}`));
  assert.ok(isNamed, `${file.pathname} has no test called: ${title}`);
}
