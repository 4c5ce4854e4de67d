import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { flatten, manifestHash, manifestLength, unflatten } from '#shared/model/manifest';
import type { ModelManifest } from '#shared/model/manifest';
import { toHex } from '#shared/util/bytes';

const manifest: ModelManifest = [
  { name: 'weight', shape: [2, 3] },
  { name: 'bias', shape: [3] },
  { name: 'scale', shape: [] },
];
const tensors = new Map([
  ['bias', Float32Array.of(7, 8, 9)],
  ['scale', Float32Array.of(10)],
  ['weight', Float32Array.of(1, 2, 3, 4, 5, 6)],
]);

describe('model manifest', () => {
  it('counts the elements of all tensors, a scalar as one', () => {
    assert.equal(manifestLength(manifest), 10);
  });

  it('puts tensors in its own order, whatever theirs, and back', () => {
    const flat = flatten(manifest, tensors);
    assert.deepEqual([...flat], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(
      [...unflatten(manifest, flat)],
      manifest.map(({ name }) => [name, tensors.get(name)!]),
    );
  });

  it('gives tensors that do not change with the vector', () => {
    const flat = flatten(manifest, tensors);
    const back = unflatten(manifest, flat);
    flat.fill(0);
    assert.deepEqual(back.get('bias'), tensors.get('bias'));
  });

  it('has another hash for another order, name or shape', () => {
    const others: readonly ModelManifest[] = [
      manifest,
      [...manifest].reverse(),
      [{ name: 'weights', shape: [2, 3] }, ...manifest.slice(1)],
      [{ name: 'weight', shape: [3, 2] }, ...manifest.slice(1)],
      [{ name: 'weight', shape: [6] }, ...manifest.slice(1)],
    ];
    assert.equal(new Set(others.map((other) => toHex(manifestHash(nodeCrypto, other)))).size, others.length);
  });

  it('refuses a tensor too many, one too few, and one of another length', () => {
    const code = { code: 'lengthMismatch' };
    assert.throws(() => flatten(manifest, new Map([...tensors, ['more', Float32Array.of(1)]])), code);
    assert.throws(() => flatten(manifest, new Map([...tensors].slice(1))), code);
    assert.throws(() => flatten(manifest, new Map([...tensors.entries()].map(([k, v]) => [`${k}s`, v]))), code);
    assert.throws(() => flatten(manifest, new Map(tensors).set('bias', Float32Array.of(1))), code);
    assert.throws(() => unflatten(manifest, new Float32Array(9)), code);
  });
});
