import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertTestExists, testLinks } from '../../support/test-links.ts';

const page = new URL('../../../docs/explanation/security.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const protectedPart = /^## What is protected$(.*?)^## /ms.exec(text)?.[1] ?? '';
const promises = protectedPart.split('\n').filter((line) => line.startsWith('- '));

describe('the security page', () => {
  for (const promise of promises) {
    const short = /\*\*(.+?)\*\*/.exec(promise)?.[1] ?? promise;
    it(`names tests that exist for: ${short}`, () => {
      const links = testLinks(promise, page);
      assert.ok(links.length > 0, 'a promise without a test');
      links.forEach(assertTestExists);
    });
  }

  it('makes promises, and says what is not protected', () => {
    assert.ok(promises.length >= 15);
    assert.ok(text.includes('## What is not protected'));
  });
});
