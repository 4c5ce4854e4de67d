import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { refusalCodes, roundOutcomes } from '#shared/wire/codes';

const root = new URL('../../../', import.meta.url);
const spec = readFileSync(new URL('proto/spec/errors.md', root), 'utf8');

/** The codes in the first column of every table under this heading. */
function documented(heading: string): readonly string[] {
  const section = spec.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code!).sort();
}

/** The members of the union, as its source lists them. */
function errorCodes(): readonly string[] {
  const source = readFileSync(new URL('shared/errors.ts', root), 'utf8');
  const union = source.slice(source.indexOf('export type ErrorCode'), source.indexOf('/** What an error may carry'));
  return [...union.matchAll(/\| '(\w+)'/g)].map(([, code]) => code!).sort();
}

describe('proto/spec/errors.md', () => {
  it('lists every code of an exception once, and no other', () => {
    assert.deepEqual(documented('Exceptions'), errorCodes());
  });

  it('lists every code of a refusal once, and no other', () => {
    assert.deepEqual(documented('Refusals'), Object.keys(refusalCodes).sort());
  });

  it('lists every reason for which a round fails once, and no other', () => {
    const reasons = Object.keys(roundOutcomes).filter((outcome) => outcome !== 'accepted');
    assert.deepEqual(documented('Why a round failed'), reasons.sort());
  });
});
