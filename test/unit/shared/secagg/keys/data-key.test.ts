import assert from 'node:assert/strict';
import { Bgv } from '#shared/crypto/bgv';
import { bgvKeyBytes } from '#shared/crypto/bgv-format';
import { isDataKey } from '#shared/secagg/keys/data-key';
import { loadSeal } from '../../../../support/seal.ts';

describe('isDataKey', () => {
  it('takes 32 bytes for stream, and for bgv a secret key of its parameters', async () => {
    const { seal } = await loadSeal();
    const bgv = new Bgv(seal);
    const key = bgv.makeKey();
    bgv.dispose();
    assert(isDataKey('stream', new Uint8Array(32)));
    assert(isDataKey('bgv', key));
    for (const length of [0, 31, 33, bgvKeyBytes]) assert(!isDataKey('stream', new Uint8Array(length)));
    for (const other of [new Uint8Array(32), new Uint8Array(bgvKeyBytes), key.subarray(1)]) {
      assert(!isDataKey('bgv', other));
    }
    const flipped = key.slice();
    flipped[20]! ^= 1; // in the id of the parameters
    assert(!isDataKey('bgv', flipped));
  });
});
