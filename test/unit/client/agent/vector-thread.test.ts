import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '#client/agent/model-store';
import { newDataKey } from '#client/agent/new-data-key';
import { readChunk } from '#client/agent/upload-file';
import { Vault } from '#client/agent/vault';
import { foldVector, prepareVector, storeVector } from '#client/agent/vector-thread';
import { bgvKeyBytes } from '#shared/crypto/bgv-format';
import type { SealLibrary } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { packingOfPlan, toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import { merkleRoot } from '#shared/log/merkle';
import { initialModel } from '#shared/model/apply';
import type { AggregatePublished, Mask } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes, toHex } from '#shared/util/bytes';
import { cipherFor, encryptions } from '../../../support/ciphers.ts';
import type { Encryption } from '../../../support/ciphers.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { loadSeal } from '../../../support/seal.ts';

const names = ['north', 'south', 'west'].map(siteId);
const context = bytesOf('ctx');
const planId = toHex(bytesOf('plan'));
const counts = [3, 500, 70];

/** Long enough for the thread; three fields of the count and two of the delta share a word. */
function planOf(encryption: Encryption, length: number): Plan {
  return parsePlan(`
name: long
rounds: 2
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [${length}] }]
sum:
  maxSites: 3
  encryption: ${encryption}
  weightCap: 500
  segments: [{ name: delta, range: 0.05, bits: 14 }, { name: exampleCount, bits: 16 }, { name: trainingLoss, range: 16, bits: 8 }]
`);
}

function deltaOf(site: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 0.049 * Math.sin(1 + i * (site + 1)));
}

const maskOf = (name: string): Mask => ({ seed: bytesOf(`mask of ${name}`), sign: 1 });

describe('the vector of a site, from training to the next model', () => {
  let dir: string;
  let seal: SealLibrary;
  before(async () => {
    ({ seal } = await loadSeal());
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vectors-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  for (const encryption of encryptions) {
    it(`gives the weighted mean within the bound of the plan, ${encryption}`, async () => {
      const length = encryption === 'bgv' ? 9000 : 140_000;
      const plan = planOf(encryption, length);
      const parameters = toSumParameters(plan);
      const cut = uploadCut(parameters);
      const dataKey = encryption === 'none' ? null : (await newDataKey(encryption)).expose();
      const cipher = cipherFor(encryption, parameters.modulusBits, seal);
      const sums = Array.from({ length: cut.chunkCount }, (_, index) => cipher.sum(cut.wordsOf(index)));
      for (const [i, site] of names.entries()) {
        const folder = mkdtempSync(join(dir, site));
        Vault.open(folder);
        const contribution = {
          rows: [],
          evaluation: null,
          delta: deltaOf(i, length),
          exampleCount: counts[i]!,
          lossNats: i,
        };
        await storeVector({ folder, plan, contribution, roundingSeed: bytesOf(`rounding of ${site}`) });
        const path = join(folder, 'upload-0.bin');
        const preparation = { folder, path, parameters, masks: [maskOf(site)], dataKey, context, site };
        const shape = await prepareVector(preparation, new AbortController().signal);
        const chunks = sums.map((_, index) => readChunk(path, index, parameters));
        assert.deepEqual(shape, {
          root: merkleRoot(nodeCrypto, chunks),
          chunkCount: cut.chunkCount,
          byteLength: readFileSync(path).length,
        });
        assert.equal(shape.byteLength, cut.byteLength);
        for (const [index, sum] of sums.entries()) sum.addInto(chunks[index]!);
      }
      for (const [index, sum] of sums.entries()) sum.subtractMask(masksAt(cut.firstWordOf(index), cut.wordsOf(index)));
      const aggregate = concatBytes(sums.map((sum) => sum.bytes()));
      for (const sum of sums) sum.dispose();
      cipher.dispose();

      const weights = new Float32Array(length).fill(1);
      new ModelStore(dir, planId, nodeCrypto).begin(initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights));
      const aggregatePath = join(dir, 'aggregate');
      writeFileSync(aggregatePath, aggregate);
      const folding = { dir, planId, plan, published: published(aggregate), context, dataKey, aggregatePath };
      const folded = await foldVector(folding);

      const total = counts.reduce((sum, count) => sum + count, 0);
      assert.equal(folded.exampleCount, total);
      const lossBound = ((32 / 255) * 3 * 500) / total;
      const loss = counts.reduce((sum, count, i) => sum + count * i, 0) / total;
      assert(Math.abs((folded.trainingLossNats ?? NaN) - loss) <= lossBound);
      const next = new ModelStore(dir, planId, nodeCrypto).candidate(1);
      assert(next !== undefined);
      assert.deepEqual(next.hash, folded.modelHash);
      const bound = ((0.1 / (2 ** 14 - 1)) * 3 * 500) / total;
      const deltas = names.map((_, i) => deltaOf(i, length));
      let worst = 0;
      for (let at = 0; at < length; at++) {
        const mean = counts.reduce((sum, count, i) => sum + count * deltas[i]![at]!, 0) / total;
        worst = Math.max(worst, Math.abs(next.model.weights[at]! - 1 - mean));
      }
      assert(worst <= bound + 1e-6, `${worst} above ${bound}`);

      const spoiled = new Uint8Array(aggregate);
      const countWord = packingOfPlan(plan)[1]!.firstWord;
      spoiled[encryption === 'bgv' ? 300 : 4 * countWord + 3]! ^= 0xff;
      writeFileSync(aggregatePath, spoiled);
      await assert.rejects(foldVector(folding), { name: 'ProtocolError', code: 'commitmentMismatch' });
      await assert.rejects(foldVector({ ...folding, published: published(spoiled) }), {
        name: 'ProtocolError',
        code: 'aggregateOutOfRange',
      });
    });
  }

  it('says what is wrong with a contribution in words of its own class, and goes on', async () => {
    const plan = planOf('stream', 200_000);
    Vault.open(dir);
    const contribution = { rows: [], evaluation: null, delta: deltaOf(0, 200_000), exampleCount: 501, lossNats: 0 };
    await assert.rejects(storeVector({ folder: dir, plan, contribution, roundingSeed: bytesOf('r') }), {
      name: 'UsageError',
      code: 'weightAboveCap',
    });
    assert(!readdirSync(dir).some((name) => name.startsWith('contribution')));
    assert.equal((await newDataKey('bgv')).expose().length, bgvKeyBytes);
    assert.equal((await newDataKey('stream')).expose().length, 32);
  });

  it('stops preparing when the attempt has passed, and begins anew after a crash', async () => {
    const plan = planOf('bgv', 400_000);
    const parameters = toSumParameters(plan);
    Vault.open(dir);
    const contribution = { rows: [], evaluation: null, delta: deltaOf(0, 400_000), exampleCount: 5, lossNats: 0 };
    await storeVector({ folder: dir, plan, contribution, roundingSeed: bytesOf('r') });
    const dataKey = (await newDataKey('bgv')).expose();
    const path = join(dir, 'upload-0.bin');
    const preparation = { folder: dir, path, parameters, masks: [], dataKey, context, site: names[0]! };
    const abort = new AbortController();
    const stopped = prepareVector(preparation, abort.signal);
    while (!readdirSync(dir).some((name) => name.endsWith('.tmp'))) await new Promise(setImmediate);
    abort.abort();
    await assert.rejects(stopped);
    assert(!readdirSync(dir).includes('upload-0.bin'));
    const { byteLength } = await prepareVector(preparation, new AbortController().signal);
    assert.equal(byteLength, uploadCut(parameters).byteLength);
    assert.deepEqual(readdirSync(dir).sort(), ['contribution.sealed', 'upload-0.bin', 'vault.key']);
  });

  it('is sealed on the disk, each chunk in its place', async () => {
    const plan = planOf('none', 150_000);
    Vault.open(dir);
    const contribution = { rows: [], evaluation: null, delta: deltaOf(0, 150_000), exampleCount: 5, lossNats: 0 };
    await storeVector({ folder: dir, plan, contribution, roundingSeed: bytesOf('r') });
    const parameters = toSumParameters(plan);
    const cut = uploadCut(parameters);
    assert(cut.chunkCount > 1);
    const path = join(dir, 'contribution.sealed');
    const bytes = readFileSync(path);
    const second = 4 * cut.wordsOf(0) + 28;
    for (const at of [0, 20, second - 1, second, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      writeFileSync(path, changed);
      const preparation = { folder: dir, parameters, masks: [], dataKey: null, context, site: names[0]! };
      const prepared = prepareVector({ ...preparation, path: join(dir, 'upload-0.bin') }, new AbortController().signal);
      await assert.rejects(prepared, { name: 'TransportError', code: 'journalDamaged' });
    }
    assert(!readdirSync(dir).includes('upload-0.bin'));
  });
});

function masksAt(firstWord: number, wordCount: number): Uint32Array {
  const words = new Uint32Array(wordCount);
  const part = new Uint32Array(wordCount);
  for (const name of names) {
    nodeCrypto.keystream(maskOf(name).seed, firstWord).fill(part);
    for (let i = 0; i < wordCount; i++) words[i]! += part[i]!;
  }
  return words;
}

function published(aggregate: Uint8Array): AggregatePublished {
  const aggregateHash = nodeCrypto.sha256(aggregate);
  return { kind: 'aggregatePublished', round: 1, attempt: 0, u3: names, byteLength: aggregate.length, aggregateHash };
}
