import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { maskUpload, removeMasks } from '#shared/secagg/mask';
import { streamMask } from '#shared/secagg/cipher/stream';
import { toHex } from '#shared/util/bytes';
import { sumOfWords } from '../../../../support/masking.ts';
import { bytesOf, siteId } from '../../../../support/secrets.ts';

const sites = ['north', 'south', 'west'].map(siteId);

function streams(dataKey: string, context = 'context'): ReturnType<typeof streamMask>[] {
  return sites.map((site) => streamMask(nodeCrypto, bytesOf(dataKey), bytesOf(context), site));
}

describe('stream encryption', () => {
  const words = sites.map((_, i) => Uint32Array.of(10 ** i, 2 ** 31, 7));
  const uploads = words.map((vector, i) => maskUpload(nodeCrypto, vector, [streams('key')[i]!], 32));

  it('adds up under the key and opens for whoever has it', () => {
    const opened = removeMasks(nodeCrypto, sumOfWords(uploads), streams('key'), 32);
    assert.deepEqual(opened, sumOfWords(words));
  });

  it('does not open with another key or in another context', () => {
    for (const wrong of [streams('another key'), streams('key', 'another context')]) {
      assert.notDeepEqual(removeMasks(nodeCrypto, sumOfWords(uploads), wrong, 32), sumOfWords(words));
    }
  });

  it('never uses a stream twice: seeds differ by site, context and key', () => {
    const seeds = [streams('key'), streams('another key'), streams('key', 'another context')].flat();
    assert.equal(new Set(seeds.map(({ seed }) => toHex(seed))).size, seeds.length);
  });
});
