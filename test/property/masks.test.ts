import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeCrypto } from '#shared/crypto/node';
import { maskUpload, removeMasks } from '#shared/secagg/mask';
import { masksOf, masksOnSum, sumOfWords } from '../support/masking.ts';
import { bytesOf, maskingSites } from '../support/secrets.ts';

const transcript = bytesOf('T1');

/** Sites, who of them is lost after the masks are on, and a vector for each. */
const rounds = fc
  .record({ sites: fc.integer({ min: 2, max: 8 }), modulusBits: fc.integer({ min: 1, max: 32 }) })
  .chain(({ sites, modulusBits }) =>
    fc.record({
      sites: fc.constant(sites),
      modulusBits: fc.constant(modulusBits),
      lost: fc.uniqueArray(fc.nat(sites - 1), { maxLength: sites - 1 }),
      vectors: fc.integer({ min: 1, max: 20 }).chain((length) => vectorsOf(sites, length, 2 ** modulusBits - 1)),
    }),
  );

function vectorsOf(sites: number, length: number, max: number): fc.Arbitrary<number[][]> {
  const vector = fc.array(fc.integer({ min: 0, max }), { minLength: length, maxLength: length });
  return fc.array(vector, { minLength: sites, maxLength: sites });
}

describe('masks of a round', () => {
  it('cancel to the exact sum of the survivors, whoever is lost', () => {
    fc.assert(
      fc.property(rounds, ({ sites: count, modulusBits, lost, vectors }) => {
        const sites = maskingSites(nodeCrypto, count);
        const uploads = sites.map((site, i) =>
          maskUpload(
            nodeCrypto,
            Uint32Array.from(vectors[i]!),
            masksOf(nodeCrypto, transcript, site, sites),
            modulusBits,
          ),
        );
        const survives = (_: unknown, i: number): boolean => !lost.includes(i);
        const dropouts = sites.filter((site, i) => !survives(site, i));
        const left = masksOnSum(nodeCrypto, transcript, sites.filter(survives), dropouts);
        const sum = removeMasks(nodeCrypto, sumOfWords(uploads.filter(survives)), left, modulusBits);
        const sent = vectors.filter(survives);
        const expected = sent[0]!.map(
          (_, k) => sent.reduce((total, vector) => total + vector[k]!, 0) % 2 ** modulusBits,
        );
        assert.deepEqual([...sum], expected);
      }),
      { numRuns: 60 },
    );
  });

  it('leave something on the sum when one mask too few comes off', () => {
    const sites = maskingSites(nodeCrypto, 4);
    const vector = new Uint32Array(16);
    const uploads = sites.map((site) =>
      maskUpload(nodeCrypto, vector, masksOf(nodeCrypto, transcript, site, sites), 32),
    );
    const all = masksOnSum(nodeCrypto, transcript, sites.slice(0, 3), sites.slice(3));
    for (const missing of all.keys()) {
      const some = all.filter((_, i) => i !== missing);
      assert.notDeepEqual(removeMasks(nodeCrypto, sumOfWords(uploads.slice(0, 3)), some, 32), vector);
    }
  });
});

describe('two-time-pad probe', () => {
  const vector = Uint32Array.from({ length: 50_000 }, (_, i) => i % 200);

  /** What a site uploads in an attempt: always the same vector. */
  function upload(attempt: string, site: number): Uint32Array {
    const sites = maskingSites(nodeCrypto, 4, attempt);
    return maskUpload(nodeCrypto, vector, masksOf(nodeCrypto, bytesOf(attempt), sites[site]!, sites), 32);
  }

  /** Of the bytes, against the uniform distribution: 255 degrees of freedom. */
  function chiSquare(words: Uint32Array): number {
    const counts = new Float64Array(256);
    for (const byte of new Uint8Array(words.buffer)) counts[byte]! += 1;
    const expected = (4 * words.length) / 256;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }

  it('finds uniform bytes in the difference of any two uploads of one site', () => {
    const uploads = ['round 1', 'round 1, attempt 1', 'round 2', 'round 3'].map((attempt) => upload(attempt, 1));
    for (const [i, a] of uploads.entries()) {
      for (const b of uploads.slice(i + 1)) {
        const found = chiSquare(a.map((word, k) => word - b[k]!));
        assert(found > 150 && found < 400, String(found)); // beyond either once in 10^7 uniform differences
      }
    }
  });

  it('would find a mask that is used twice', () => {
    const first = upload('round 1', 1);
    const again = first.map((word, k) => word + (k % 3)); // another vector under the same masks
    const difference = again.map((word, k) => word - first[k]!);
    assert(chiSquare(difference) > 10_000);
  });
});
