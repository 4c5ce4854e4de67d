import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SealLibrary } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { addMasks, maskUpload } from '#shared/secagg/mask';
import { packFields, packedWordCount, packingOf, unpackFields } from '#shared/secagg/pack';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { aggregateByteLength, aggregateLength, uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes } from '#shared/util/bytes';
import { cipherFor, dataKeyFor, encryptions, leastChunkBytes } from '../support/ciphers.ts';
import type { Encryption } from '../support/ciphers.ts';
import { masksOf, masksOnSum } from '../support/masking.ts';
import { bytesOf, maskingSites } from '../support/secrets.ts';
import { loadSeal } from '../support/seal.ts';

const transcript = bytesOf('T1');
const context = bytesOf('ctx');

interface Choice {
  readonly siteCount: number;
  readonly dropouts: number;
  readonly segments: readonly { readonly name: string; readonly length: number; readonly bits: number }[];
  readonly chunks: number;
  readonly seed: number;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  siteCount: fc.integer({ min: 3, max: 6 }),
  dropouts: fc.integer({ min: 0, max: 2 }),
  segments: fc.array(
    fc.record({
      name: fc.constant('s'),
      length: fc.integer({ min: 1, max: 6000 }),
      bits: fc.integer({ min: 1, max: 24 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  chunks: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

/** Fields that fill their bits, the greatest ones among them. */
function fieldsOf({ segments, seed }: Choice, site: number): Uint32Array {
  const length = segments.reduce((sum, segment) => sum + segment.length, 0);
  const fields = new Uint32Array(length);
  nodeCrypto.keystream(bytesOf(`fields ${String(seed)} ${String(site)}`)).fill(fields);
  let at = 0;
  for (const segment of segments) {
    const top = 2 ** segment.bits - 1;
    for (const end = at + segment.length; at < end; at++) fields[at] = fields[at]! % 7 === 0 ? top : fields[at]! & top;
  }
  return fields;
}

describe('an encrypted sum', () => {
  let seal: SealLibrary;
  let keys: ReadonlyMap<Encryption, Uint8Array | null>;

  before(async () => {
    ({ seal } = await loadSeal());
    keys = new Map(encryptions.map((encryption) => [encryption, dataKeyFor(encryption, seal)]));
  });

  /** Packs, masks, encrypts, cuts, adds, unmasks and opens as sites and coordinator do, chunk by chunk. */
  function openedSum(encryption: Encryption, chosen: Choice): Uint32Array {
    const { siteCount, dropouts, segments } = chosen;
    const sites = maskingSites(nodeCrypto, siteCount);
    const survivors = sites.slice(0, siteCount - Math.min(dropouts, siteCount - 1));
    const packing = packingOf(segments, siteCount, 32);
    const chunkBytes = chosen.chunks * leastChunkBytes(encryption, 32);
    const parameters = { encryption, modulusBits: 32, wordCount: packedWordCount(packing), chunkBytes };
    const cipher = cipherFor(encryption, 32, seal);
    const use = { dataKey: keys.get(encryption) ?? null, context };
    const uploads = survivors.map((site, i) => {
      const encryptor = cipher.encryptor({ ...use, site: site.id });
      const masks = masksOf(nodeCrypto, transcript, site, sites);
      const words = maskUpload(nodeCrypto, packFields(packing, fieldsOf(chosen, i)), masks, 32);
      const chunks = chunksOf(words, parameters, (part) => encryptor.encrypt(part));
      encryptor.dispose();
      return chunks;
    });
    const onSum = masksOnSum(nodeCrypto, transcript, survivors, sites.slice(survivors.length));
    const aggregate = aggregateOf(cipher, parameters, uploads, onSum);
    assert.equal(aggregate.length, aggregateByteLength(parameters));
    const opener = cipher.opener({ ...use, u3: survivors.map(({ id }) => id) });
    const words = openedInParts(opener, parameters, aggregate);
    opener.dispose();
    cipher.dispose();
    return unpackFields(packing, words);
  }

  it('opens to the same fields with every encryption, those of a sum in big integers', () => {
    fc.assert(
      fc.property(choice, (chosen) => {
        fc.pre(chosen.segments.every(({ bits }) => chosen.siteCount * (2 ** bits - 1) < 2 ** 32));
        const survivors = chosen.siteCount - Math.min(chosen.dropouts, chosen.siteCount - 1);
        const vectors = Array.from({ length: survivors }, (_, i) => fieldsOf(chosen, i));
        const expected = [...vectors[0]!.keys()].map((at) =>
          Number(vectors.reduce((sum, vector) => sum + BigInt(vector[at]!), 0n)),
        );
        for (const encryption of encryptions)
          assert.deepEqual([...openedSum(encryption, chosen)], expected, encryption);
      }),
      { numRuns: 6 },
    );
  });
});

type Cut = Pick<SumParameters, 'encryption' | 'modulusBits' | 'wordCount' | 'chunkBytes'>;

function chunksOf(
  words: Uint32Array,
  parameters: Cut,
  encrypt: (part: Uint32Array) => Uint8Array,
): readonly Uint8Array[] {
  const cut = uploadCut(parameters);
  return Array.from({ length: cut.chunkCount }, (_, index) => {
    const from = cut.firstWordOf(index);
    const chunk = encrypt(words.slice(from, from + cut.wordsOf(index)));
    assert.equal(chunk.length, cut.bytesOf(index));
    return chunk;
  });
}

function aggregateOf(
  cipher: ReturnType<typeof cipherFor>,
  parameters: Cut,
  uploads: readonly (readonly Uint8Array[])[],
  masks: readonly Mask[],
): Uint8Array {
  const cut = uploadCut(parameters);
  return concatBytes(
    Array.from({ length: cut.chunkCount }, (_, index) => {
      const words = cut.wordsOf(index);
      const sum = cipher.sum(words);
      for (const chunks of uploads) {
        cipher.check(chunks[index]!, words);
        sum.addInto(chunks[index]!);
      }
      const mask = new Uint32Array(words);
      addMasks(nodeCrypto, mask, masks, cut.firstWordOf(index));
      sum.subtractMask(mask);
      const bytes = sum.bytes();
      sum.dispose();
      return bytes;
    }),
  );
}

/** In parts of 8192 words, which no chunk is cut into. */
function openedInParts(
  opener: ReturnType<ReturnType<typeof cipherFor>['opener']>,
  { wordCount, encryption }: Cut,
  aggregate: Uint8Array,
): Uint32Array {
  const words = new Uint32Array(wordCount);
  let at = 0;
  for (let from = 0; from < wordCount; from += 8192) {
    const count = Math.min(8192, wordCount - from);
    const length = aggregateLength({ encryption }, count);
    words.set(opener.open(aggregate.subarray(at, at + length), count), from);
    at += length;
  }
  assert.equal(at, aggregate.length);
  return words;
}
