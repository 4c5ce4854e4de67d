import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chunkWork } from '#coordinator/aggregate/chunk-work';
import { sumUploads } from '#coordinator/aggregate/sum-uploads';
import { verifyUpload } from '#coordinator/aggregate/verify-upload';
import { uploadStore } from '#coordinator/store/uploads';
import type { UploadStore } from '#coordinator/store/uploads';
import type { SealLibrary } from '#shared/crypto/bgv';
import { bgvDegree, bgvPrime } from '#shared/crypto/bgv-format';
import { nodeCrypto } from '#shared/crypto/node';
import { merkleRoot } from '#shared/log/merkle';
import { uploadCommitment } from '#shared/secagg/context';
import { maskUpload } from '#shared/secagg/mask';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { aggregateByteLength, uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes } from '#shared/util/bytes';
import { cipherFor, dataKeyFor, leastChunkBytes } from '../../../support/ciphers.ts';
import { sumOfWords } from '../../../support/masking.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { loadSeal } from '../../../support/seal.ts';
import { study } from '../../../support/study.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const names = ['north', 'south', 'west'].map(siteId);
const context = bytesOf('ctx');
const wordCount = 2 * bgvDegree + 100;
const selfMask = (name: string): Mask => ({ seed: bytesOf(`mask of ${name}`), sign: 1 });

function parametersOf(encryption: 'stream' | 'bgv'): SumParameters {
  const chunkBytes = encryption === 'bgv' ? leastChunkBytes('bgv', 32) : 4 * bgvDegree;
  return { ...study({ count: 3 }).parameters, encryption, modulusBits: 32, wordCount, chunkBytes };
}

function vector(name: string): Uint32Array {
  const words = new Uint32Array(wordCount);
  nodeCrypto.keystream(bytesOf(name)).fill(words);
  return words;
}

for (const encryption of ['stream', 'bgv'] as const) {
  describe(`encrypted uploads at the coordinator, ${encryption}`, () => {
    const parameters = parametersOf(encryption);
    const cut = uploadCut(parameters);
    let seal: SealLibrary;
    let dataKey: Uint8Array | null;
    let uploadOf: ReadonlyMap<string, readonly Uint8Array[]>;

    before(async () => {
      ({ seal } = await loadSeal());
      dataKey = dataKeyFor(encryption, seal);
      uploadOf = new Map(names.map((site) => [site, encrypted(site)]));
    });

    function encrypted(site: (typeof names)[number]): readonly Uint8Array[] {
      const cipher = cipherFor(encryption, 32, seal);
      const encryptor = cipher.encryptor({ dataKey, context, site });
      const masked = maskUpload(nodeCrypto, vector(site), [selfMask(site)], 32);
      const chunks = Array.from({ length: cut.chunkCount }, (_, index) =>
        encryptor.encrypt(masked.slice(cut.firstWordOf(index), cut.firstWordOf(index) + cut.wordsOf(index))),
      );
      encryptor.dispose();
      cipher.dispose();
      return chunks;
    }

    function opened(aggregate: Uint8Array): Uint32Array {
      const cipher = cipherFor(encryption, 32, seal);
      const opener = cipher.opener({ dataKey, context, u3: names });
      const words = opener.open(aggregate, wordCount);
      opener.dispose();
      cipher.dispose();
      return words;
    }

    async function withUploads<T>(work: (uploads: UploadStore) => Promise<T>): Promise<T> {
      return inTemporaryFolder(async (dir) => {
        const uploads = uploadStore(join(dir, 'uploads'));
        for (const site of names)
          for (const [i, chunk] of uploadOf.get(site)!.entries()) await uploads.write({ ...place, site }, i, chunk);
        return work(uploads);
      });
    }
    const place = { planId: 1, round: 2, attempt: 0 };

    it('add up to bytes of the length that is announced, which open to the exact sum', async () => {
      await withUploads(async (uploads) => {
        const request = { ...place, u3: names, masks: names.map(selfMask) };
        const pieces: Uint8Array[] = [];
        for await (const piece of sumUploads(chunkWork(nodeCrypto, uploads, parameters), parameters, request))
          pieces.push(piece);
        const aggregate = concatBytes(pieces);
        assert.equal(aggregate.length, aggregateByteLength(parameters));
        assert.deepEqual(opened(aggregate), sumOfWords(names.map(vector)));
      });
    });

    /** Of the upload of north with these chunks, under a commitment to exactly them. */
    async function verdict(chunks: readonly Uint8Array[]): Promise<string> {
      return inTemporaryFolder(async (dir) => {
        const uploads = uploadStore(dir);
        const at = { ...place, site: names[0]! };
        for (const [i, chunk] of chunks.entries()) await uploads.write(at, i, chunk);
        const byteLength = chunks.reduce((sum, { length }) => sum + length, 0);
        const shape = { root: merkleRoot(nodeCrypto, chunks), chunkCount: chunks.length, byteLength };
        const commitment = uploadCommitment(bytesOf('T2'), shape);
        const work = chunkWork(nodeCrypto, uploads, parameters);
        const check = { crypto: nodeCrypto, uploads, work, parameters, place: at, commitment };
        const first = await verifyUpload(check);
        assert.equal(await verifyUpload(check), first); // the thread works on
        return first;
      });
    }

    it('are taken when they are well formed', async () => {
      assert.equal(await verdict(uploadOf.get('north')!), 'complete');
    });

    it('are refused with a chunk of another length, whatever was committed to', async () => {
      const [first, ...rest] = uploadOf.get('north')!;
      assert.equal(await verdict([first!.subarray(1), ...rest]), 'mismatch');
    });

    if (encryption === 'bgv')
      it('are refused with another header or a coefficient above the prime, whatever was committed to', async () => {
        const [first, ...rest] = uploadOf.get('north')!;
        const header = first!.slice();
        header[81]! ^= 1; // the correction factor
        assert.equal(await verdict([header, ...rest]), 'mismatch');
        const coefficient = first!.slice();
        new DataView(coefficient.buffer).setBigUint64(113, bgvPrime, true);
        assert.equal(await verdict([coefficient, ...rest]), 'mismatch');
      });
  });
}
