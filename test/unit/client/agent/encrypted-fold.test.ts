import assert from 'node:assert/strict';
import { foldAggregate } from '#client/agent/fold';
import type { SealLibrary } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { toSumParameters } from '#shared/governance/sum-parameters';
import { initialModel } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import type { AggregatePublished } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes, toHex } from '#shared/util/bytes';
import { cipherFor, dataKeyFor, encryptions } from '../../../support/ciphers.ts';
import type { Encryption } from '../../../support/ciphers.ts';
import { inMemory, quantizeContribution } from '../../../support/folding.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { loadSeal } from '../../../support/seal.ts';

const length = 5000;
const u3 = ['north', 'south', 'west'].map(siteId);
const context = bytesOf('ctx');
const model = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, new Float32Array(length));

/** What the same three sites, with the same rounding, come to under an encryption. */
function folded(encryption: Encryption, seal: SealLibrary) {
  const plan = parsePlan(`
name: fold
rounds: 1
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [${String(length)}] }]
sum:
  maxSites: 3
  encryption: ${encryption}
  weightCap: 512
  segments: [{ name: delta, range: 0.05, bits: 14 }, { name: exampleCount, bits: 16 }, { name: trainingLoss, range: 16, bits: 12 }]
`);
  const parameters = toSumParameters(plan);
  const cut = uploadCut(parameters);
  const cipher = cipherFor(encryption, parameters.modulusBits, seal);
  const dataKey = dataKeyFor(encryption, seal);
  const sums = Array.from({ length: cut.chunkCount }, (_, index) => cipher.sum(cut.wordsOf(index)));
  for (const [i, site] of u3.entries()) {
    const delta = Float32Array.from({ length }, (_, at) => 0.049 * Math.sin(1 + at * (i + 1)));
    const uniform = uniformSource(nodeCrypto, bytesOf(`rounding of ${site}`));
    const words = quantizeContribution(
      plan,
      { delta, rows: [], evaluation: null, exampleCount: 100 * (i + 1), lossNats: 3 - i / 2 },
      uniform,
    );
    assert.equal(words.length, parameters.wordCount);
    const encryptor = cipher.encryptor({ dataKey, context, site });
    for (const [index, sum] of sums.entries()) {
      const from = cut.firstWordOf(index);
      sum.addInto(encryptor.encrypt(words.slice(from, from + cut.wordsOf(index))));
    }
    encryptor.dispose();
  }
  const bytes = concatBytes(sums.map((sum) => sum.bytes()));
  for (const sum of sums) sum.dispose();
  const published: AggregatePublished = {
    ...{ kind: 'aggregatePublished', round: 1, attempt: 1, u3 },
    ...{ aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length },
  };
  const result = foldAggregate(cipher, { plan, model, published, context, dataKey }, inMemory(bytes));
  cipher.dispose();
  return { ...result, wordCount: parameters.wordCount };
}

describe('the same contributions under every encryption', () => {
  it('come to the same model, bit for bit, however many fields share a word', async () => {
    const { seal } = await loadSeal();
    const results = encryptions.map((encryption) => folded(encryption, seal));
    const hashes = results.map((result) => toHex(modelHash(nodeCrypto, result.model)));
    assert.equal(new Set(hashes).size, 1);
    assert.deepEqual(
      results.map(({ exampleCount }) => exampleCount),
      [600, 600, 600],
    );
    assert.equal(new Set(results.map(({ trainingLossNats }) => trainingLossNats)).size, 1);
    const [none, stream, bgv] = results.map(({ wordCount }) => wordCount);
    assert.equal(stream, bgv);
    assert(stream! < none!, 'with encryption two fields share a word');
  });
});
