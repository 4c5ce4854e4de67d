import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { advertisementProblem, transcriptHash } from '#shared/secagg/transcript';
import type { AdvertisedKeys } from '#shared/secagg/transcript';
import { bytesOf, siteId } from '../../../support/secrets.ts';

function advertised(name: string): AdvertisedKeys {
  return {
    site: siteId(name),
    channelPublicKey: nodeCrypto.x25519PublicKey(bytesOf(`${name} channel`)),
    maskPublicKey: nodeCrypto.x25519PublicKey(bytesOf(`${name} mask`)),
    selfMaskCommitment: bytesOf(`${name} self mask`),
  };
}
const [north, south, west] = [advertised('north'), advertised('south'), advertised('west')];
const context = bytesOf('context');

describe('transcript of U1', () => {
  it('does not depend on the order of the advertisements', () => {
    const hash = transcriptHash(nodeCrypto, context, [north, south, west]);
    assert.deepEqual(transcriptHash(nodeCrypto, context, [west, north, south]), hash);
  });

  it('differs with the context, a key, a commitment and who is there', () => {
    const hash = transcriptHash(nodeCrypto, context, [north, south]);
    const swapped = { ...south, maskPublicKey: west.maskPublicKey };
    const committed = { ...south, selfMaskCommitment: bytesOf('another') };
    assert.notDeepEqual(transcriptHash(nodeCrypto, bytesOf('another context'), [north, south]), hash);
    assert.notDeepEqual(transcriptHash(nodeCrypto, context, [north, swapped]), hash);
    assert.notDeepEqual(transcriptHash(nodeCrypto, context, [north, committed]), hash);
    assert.notDeepEqual(transcriptHash(nodeCrypto, context, [north, south, west]), hash);
  });

  it('accepts advertisements whose keys are all different', () => {
    assert.equal(advertisementProblem([north, south, west]), undefined);
  });

  it('refuses a site that advertises twice, before anything else', () => {
    const again = { ...south, site: north.site, maskPublicKey: north.maskPublicKey };
    assert.deepEqual(advertisementProblem([north, again]), { code: 'duplicateSite', sites: ['north'] });
    assert.throws(() => transcriptHash(nodeCrypto, context, [north, again]), { code: 'duplicateSite' });
  });

  it('refuses a key that is there twice, also as both keys of one site', () => {
    const copied = { ...south, channelPublicKey: north.maskPublicKey };
    const doubled = { ...south, channelPublicKey: south.maskPublicKey };
    assert.deepEqual(advertisementProblem([north, copied])?.sites, ['north', 'south']);
    assert.deepEqual(advertisementProblem([north, doubled]), { code: 'duplicateKey', sites: ['south'] });
    assert.throws(() => transcriptHash(nodeCrypto, context, [north, doubled]), { code: 'duplicateKey' });
  });

  it('refuses a key of small order and names its site', () => {
    const weak = { ...west, maskPublicKey: new Uint8Array(32) };
    assert.deepEqual(advertisementProblem([north, weak]), { code: 'smallOrderPoint', sites: ['west'] });
    assert.throws(() => transcriptHash(nodeCrypto, context, [north, weak]), { code: 'smallOrderPoint' });
  });
});
