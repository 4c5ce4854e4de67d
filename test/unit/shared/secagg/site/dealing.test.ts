import assert from 'node:assert/strict';
import { frame } from '#shared/codec/frame';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { attemptGraph } from '#shared/secagg/attempt-graph';
import { openShares, sealShares } from '#shared/secagg/site/dealing';
import type { HeldShares, SealedShares, SiteKeyed } from '#shared/secagg/types';
import { concatBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { honestRound } from '../../../../support/phase-cells.ts';
import { bytesOf } from '../../../../support/secrets.ts';
import { study } from '../../../../support/study.ts';

const plan = study({ count: 4 });
const [dealer, holder, third] = plan.names as [SiteId, SiteId, SiteId];
const nonce = bytesOf('nonce').slice(0, 24);
const shares = { selfMask: new Uint8Array(33).fill(1), maskKey: new Uint8Array(33).fill(2) };
const held: HeldShares = { 'self-mask': shares.selfMask, 'mask-key': shares.maskKey };

describe('shares from a dealer to a holder', () => {
  let u1: SiteKeyed['u1'];
  let transcript: Uint8Array;

  before(async () => {
    const { siteStates } = await honestRound();
    const dealing = siteStates.get('dealing');
    assert.ok(dealing?.phase === 'dealing');
    ({ transcript } = dealing);
    const advertised = dealing.u1;
    u1 = new Map(
      [...advertised].map(([site, entry]) => [
        site,
        { ...entry, channelPublicKey: crypto.x25519PublicKey(bytesOf(site)) },
      ]),
    );
  });

  /** A site in phase 1 whose channel key is named for it. */
  function at(site: SiteId): {
    site: { config: ReturnType<typeof plan.siteConfig>; crypto: typeof crypto };
    state: SiteKeyed;
  } {
    const secrets = { channelPrivateKey: bytesOf(site), maskPrivateKey: bytesOf('s'), selfMaskSeed: bytesOf('b') };
    const advertisement = u1.get(site)!;
    const graph = attemptGraph(crypto, transcript, plan.names, plan.parameters);
    const { context } = advertisement;
    const state: SiteKeyed = { attempt: 0, context, secrets, advertisement, transcript, u1, graph };
    return { site: { config: plan.siteConfig(site), crypto }, state };
  }
  function dealt(to: SiteId): SealedShares {
    const { site, state } = at(dealer);
    return sealShares(site, state, { holder: to, ...shares, nonce });
  }
  function opened(pair: SealedShares, by: SiteId = holder, from: SiteId = dealer): HeldShares | undefined {
    const { site, state } = at(by);
    return openShares(site, state, { dealer: from, ...pair });
  }
  /** The hashes of honest shares around a box that holds something else. */
  function boxed(plaintext: Uint8Array): SealedShares {
    const box = crypto.seal(bytesOf(dealer), u1.get(holder)!.channelPublicKey, nonce, plaintext);
    return { ...dealt(holder), sealed: concatBytes([nonce, box]) };
  }

  it('open at their holder, and at nobody else', () => {
    assert.deepEqual(opened(dealt(holder)), held);
    assert.equal(opened(dealt(holder), third), undefined);
    assert.equal(opened(dealt(holder), holder, third), undefined);
  });

  it('have no box when the dealer keeps them, and hashes all the same', () => {
    const kept = dealt(dealer);
    assert.equal(kept.sealed.length, 0);
    assert.equal(kept.selfMaskHash.length, 32);
    assert.notDeepEqual(kept.selfMaskHash, dealt(holder).selfMaskHash);
  });

  it('are not held when the box names another pair, transcript or length', () => {
    const both = [shares.selfMask, shares.maskKey] as const;
    assert.deepEqual(opened(boxed(frame(transcript, dealer, holder, ...both))), held);
    assert.equal(opened(boxed(frame(transcript, third, holder, ...both))), undefined);
    assert.equal(opened(boxed(frame(transcript, dealer, third, ...both))), undefined);
    assert.equal(opened(boxed(frame(bytesOf('T2'), dealer, holder, ...both))), undefined);
    assert.equal(opened(boxed(frame(transcript, dealer, holder, shares.selfMask.slice(1), shares.maskKey))), undefined);
    assert.equal(opened(boxed(new Uint8Array())), undefined);
  });

  it('are not held when they do not match the hashes that the dealer signed', () => {
    assert.equal(opened({ ...dealt(holder), selfMaskHash: bytesOf('x') }), undefined);
    assert.equal(opened({ ...dealt(holder), maskKeyHash: bytesOf('x') }), undefined);
    assert.equal(opened({ ...dealt(holder), sealed: new Uint8Array(3) }), undefined);
  });
});
