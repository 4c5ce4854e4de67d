import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '#client/agent/model-store';
import { nodeCrypto } from '#shared/crypto/node';
import { applyAggregate, initialModel } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';

describe('the model store', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'models-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  const optimizer = { name: 'fedAdam', serverLearningRate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001 } as const;
  const beginning = initialModel(optimizer, Float32Array.of(1, -2, 0.5));
  const next = applyAggregate(optimizer, beginning, Float32Array.of(0.1, 0.2, -0.3));

  it('gives back weights and moments bit for bit', () => {
    const store = new ModelStore(dir, 'plan', nodeCrypto);
    assert.equal(store.current(), undefined);
    store.begin(beginning);
    store.propose(4, next);
    store.accept(4);
    const found = new ModelStore(dir, 'plan', nodeCrypto).current();
    assert.deepEqual(found, { round: 4, model: next, hash: modelHash(nodeCrypto, next) });
  });

  it('keeps the model that was, until a round is accepted, and when it is not', () => {
    const store = new ModelStore(dir, 'plan', nodeCrypto);
    store.begin(beginning);
    store.propose(1, next);
    assert.equal(store.current()?.round, 0);
    store.drop(1);
    store.accept(1);
    assert.deepEqual(store.current()?.model, beginning);
  });

  it('names the model that is the accepted one, through every change of it', () => {
    const store = new ModelStore(dir, 'plan', nodeCrypto);
    assert.equal(store.currentName(), undefined);
    store.begin(beginning);
    assert.deepEqual(store.currentName(), { round: 0, hash: modelHash(nodeCrypto, beginning) });
    assert.equal(store.candidateHash(1), undefined);
    store.propose(1, next);
    assert.deepEqual(store.candidateHash(1), modelHash(nodeCrypto, next));
    assert.equal(store.currentName()?.round, 0);
    store.accept(1);
    assert.deepEqual(store.currentName(), { round: 1, hash: modelHash(nodeCrypto, next) });
    store.install(7, beginning);
    assert.deepEqual(store.currentName(), { round: 7, hash: modelHash(nodeCrypto, beginning) });
  });

  it('may be told twice that a round was accepted', () => {
    const store = new ModelStore(dir, 'plan', nodeCrypto);
    store.begin(beginning);
    store.propose(1, next);
    store.accept(1);
    store.accept(1);
    assert.equal(store.current()?.round, 1);
  });

  it('refuses a file in which any byte changed, or that was cut', () => {
    const store = new ModelStore(dir, 'plan', nodeCrypto);
    store.begin(beginning);
    const path = join(dir, 'models', 'plan', 'current.model');
    const bytes = readFileSync(path);
    const numbersAt = bytes.indexOf(0x0a) + 1;
    for (let at = numbersAt; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x80;
      writeFileSync(path, damaged);
      assert.throws(() => store.current(), { code: 'badFormat' }, `byte ${at}`);
    }
    for (const length of [0, 5, numbersAt, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      assert.throws(() => store.current(), { code: 'badFormat' }, `cut at ${length}`);
    }
  });
});
