import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chunkWork } from '#coordinator/aggregate/chunk-work';
import { sumUploads } from '#coordinator/aggregate/sum-uploads';
import { verifyUpload } from '#coordinator/aggregate/verify-upload';
import { aggregateStore } from '#coordinator/store/aggregates';
import { uploadStore } from '#coordinator/store/uploads';
import { nodeCrypto } from '#shared/crypto/node';
import { merkleRoot } from '#shared/log/merkle';
import { uploadCommitment } from '#shared/secagg/context';
import { maskUpload } from '#shared/secagg/mask';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { packWords } from '#shared/secagg/wire-words';
import { concatBytes } from '#shared/util/bytes';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const names = ['north', 'south', 'west'].map(siteId);
const transcript = bytesOf('T1');

function parametersOf(modulusBits: number, wordCount: number): SumParameters {
  const chunkBytes = 3 * modulusBits; // 24 words
  const sites = { maxSites: 3, colluders: 0, threshold: 2, quorum: 3, dropouts: 0 };
  return { ...sites, modulusBits, encryption: 'none', wordCount, chunkBytes };
}

/** Words that fill their bits, the same in every run. */
function vector(name: string, { wordCount, modulusBits }: SumParameters): Uint32Array {
  const words = new Uint32Array(wordCount);
  nodeCrypto.keystream(bytesOf(name)).fill(words);
  return words.map((word) => (modulusBits === 32 ? word : word % 2 ** modulusBits));
}

function chunksOf(words: Uint32Array, parameters: SumParameters): readonly Uint8Array[] {
  const { chunkCount } = uploadCut(parameters);
  return Array.from({ length: chunkCount }, (_, i) =>
    packWords(words.slice(24 * i, 24 * (i + 1)), parameters.modulusBits),
  );
}

const selfMask = (name: string): Mask => ({ seed: bytesOf(`mask of ${name}`), sign: 1 });

describe('the sum of uploads', () => {
  for (const modulusBits of [1, 2, 7, 8, 13, 16, 18, 20, 24, 31, 32]) {
    for (const wordCount of [1, 24, 25, 100]) {
      it(`is the naive sum modulo 2^${String(modulusBits)} with the masks off, for ${String(wordCount)} words`, async () => {
        const parameters = parametersOf(modulusBits, wordCount);
        await inTemporaryFolder(async (dir) => {
          const uploads = uploadStore(join(dir, 'uploads'));
          const place = { planId: 1, round: 2, attempt: 0 };
          for (const site of names) {
            const masked = maskUpload(nodeCrypto, vector(site, parameters), [selfMask(site)], modulusBits);
            for (const [i, chunk] of chunksOf(masked, parameters).entries())
              await uploads.write({ ...place, site }, i, chunk);
          }
          const request = { ...place, u3: names, masks: names.map(selfMask) };
          const aggregates = aggregateStore(join(dir, 'aggregates'));
          const work = chunkWork(nodeCrypto, uploads, parameters);
          const pieces = sumUploads(work, parameters, request);
          const { aggregateHash, byteLength } = await aggregates.write(1, 2, pieces);
          const read: Uint8Array[] = [];
          for await (const piece of aggregates.read(1, 2, 0, 50)) read.push(piece.slice());
          const bytes = concatBytes(read);
          const expected = Array.from({ length: wordCount }, (_, i) =>
            Number(
              names.reduce((sum, site) => sum + BigInt(vector(site, parameters)[i]!), 0n) % 2n ** BigInt(modulusBits),
            ),
          );
          assert.deepEqual([...new Uint32Array(bytes.slice().buffer)], expected);
          assert.deepEqual([byteLength, aggregateHash], [4 * wordCount, nodeCrypto.sha256(bytes)]);
        });
      });
    }
  }

  it('is read on from any byte', async () => {
    await inTemporaryFolder(async (dir) => {
      const aggregates = aggregateStore(dir);
      await aggregates.write(
        1,
        1,
        (async function* pieces() {
          yield await Promise.resolve(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
        })(),
      );
      const read: number[] = [];
      for await (const piece of aggregates.read(1, 1, 5, 2)) read.push(...piece);
      assert.deepEqual(read, [5, 6, 7]);
    });
  });
});

describe('an upload on disk', () => {
  const parameters = parametersOf(18, 50);
  const chunks = chunksOf(vector('north', parameters), parameters);
  const root = merkleRoot(nodeCrypto, chunks);
  const byteLength = chunks.reduce((sum, { length }) => sum + length, 0);
  const commitment = uploadCommitment(transcript, { root, chunkCount: chunks.length, byteLength });
  const place = { planId: 1, round: 1, attempt: 0, site: siteId('north') };

  async function verdict(written: ReadonlyMap<number, Uint8Array>): Promise<string> {
    return inTemporaryFolder(async (dir) => {
      const uploads = uploadStore(dir);
      for (const [index, chunk] of written) await uploads.write(place, index, chunk);
      const work = chunkWork(nodeCrypto, uploads, parameters);
      return verifyUpload({ crypto: nodeCrypto, uploads, work, parameters, place, commitment });
    });
  }

  it('is complete when it is what was committed to', async () => {
    assert.equal(await verdict(new Map(chunks.entries())), 'complete');
  });

  it('is incomplete while a chunk is missing', async () => {
    assert.equal(await verdict(new Map([...chunks.entries()].slice(1))), 'incomplete');
  });

  it('is a mismatch when a bit is another, or two chunks change places', async () => {
    const flipped = chunks.map((chunk, i) => (i === 1 ? chunk.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) : chunk));
    const swapped = [chunks[1]!, chunks[0]!, chunks[2]!];
    assert.equal(await verdict(new Map(flipped.entries())), 'mismatch');
    assert.equal(await verdict(new Map(swapped.entries())), 'mismatch');
  });

  it('is a mismatch when a bit after its last word is set, whatever the root', async () => {
    const last = chunks[2]!.slice();
    last[last.length - 1]! |= 0x80; // two words of 18 bits leave four bits of the fifth byte
    const changed = [chunks[0]!, chunks[1]!, last];
    const other = uploadCommitment(transcript, { root: merkleRoot(nodeCrypto, changed), chunkCount: 3, byteLength });
    await inTemporaryFolder(async (dir) => {
      const uploads = uploadStore(dir);
      for (const [index, chunk] of changed.entries()) await uploads.write(place, index, chunk);
      const work = chunkWork(nodeCrypto, uploads, parameters);
      const check = { crypto: nodeCrypto, uploads, work, parameters, place, commitment: other };
      assert.equal(await verifyUpload(check), 'mismatch');
    });
  });
});
