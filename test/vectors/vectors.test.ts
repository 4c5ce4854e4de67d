/** Every file of this folder, with both providers of cryptography where it uses one. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { nodeCrypto } from '#shared/crypto/node';
import { portableCrypto } from '#shared/crypto/portable';
import { suites } from '../support/suites.ts';
import { runCase } from '../support/vectors.ts';
import type { VectorFile } from '../support/vectors.ts';

const both = { 'node:crypto': nodeCrypto, tweetnacl: portableCrypto(nodeCrypto) };
const one = { 'no cryptography': nodeCrypto };

for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'))) {
  const file = JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as VectorFile; // the format is fixed
  const load = suites[file.suite];
  for (const [provider, crypto] of Object.entries(load?.length === 0 ? one : both)) {
    describe(`vectors ${file.suite}, ${provider}`, () => {
      for (const each of file.cases) {
        it(each.name, async () => {
          const suite = await load?.(crypto);
          assert(suite !== undefined, `no module answers the suite ${file.suite}`);
          assert.equal(await runCase(suite, each, file.tolerance), undefined);
        });
      }
    });
  }
}
