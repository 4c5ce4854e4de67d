/**
 * Shares on their way from a dealer to its holders: sealed for one, hashed for all, opened and checked by the holder.
 * Source: proto/spec/secure-sum.md, section 5, phase 1.
 *
 * @module
 */
import { frame } from '../../codec/frame.ts';
import { concatBytes, constantTimeEqual, equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { shareHash } from '../context.ts';
import type { Site } from './checks.ts';
import type { DealtShares, HeldShares, RoutedShares, SealedShares, SiteKeyed } from '../types.ts';

/** Bytes of a nonce; it stands before the box. */
const nonceBytes = 24;
/** Bytes of a share of a 32-byte secret, its index included. */
const shareBytes = 33;

type Routed = RoutedShares['shares'][number];

/** What site i deals to j: the box of `F(T1, i, j, shares)` behind its nonce, and the hashes of both shares. */
export function sealShares(site: Site, state: SiteKeyed, dealt: DealtShares): SealedShares {
  const { holder } = dealt;
  const held: HeldShares = { 'self-mask': dealt.selfMask, 'mask-key': dealt.maskKey };
  const sealed = holder === site.config.site ? new Uint8Array() : seal(site, state, dealt, held);
  return { holder, sealed, ...hashes(site, state, site.config.site, holder, held) };
}

/** The shares in a box, or `undefined` when it does not open, names another pair or does not match its hashes. */
export function openShares(site: Site, state: SiteKeyed, routed: Routed): HeldShares | undefined {
  const { dealer, sealed } = routed;
  const { config, crypto } = site;
  const nonce = sealed.slice(0, nonceBytes);
  const dealerKey = state.u1.get(dealer)?.channelPublicKey ?? new Uint8Array();
  const plaintext = crypto.open(state.secrets.channelPrivateKey, dealerKey, nonce, sealed.slice(nonceBytes));
  const held = plaintext && parsePlaintext(state.transcript, dealer, config.site, plaintext);
  if (held === undefined) return undefined;
  const { selfMaskHash, maskKeyHash } = hashes(site, state, dealer, config.site, held);
  const matches = equalBytes(selfMaskHash, routed.selfMaskHash) && equalBytes(maskKeyHash, routed.maskKeyHash);
  return matches ? held : undefined;
}

function seal(
  { config, crypto }: Site,
  state: SiteKeyed,
  { holder, nonce }: DealtShares,
  held: HeldShares,
): Uint8Array {
  const holderKey = state.u1.get(holder)!.channelPublicKey; // dealt to U1, as asked for in `dealShares`
  const plaintext = sharesPlaintext(state.transcript, config.site, holder, held);
  return concatBytes([nonce, crypto.seal(state.secrets.channelPrivateKey, holderKey, nonce, plaintext)]);
}

/** `F(T1, i, j, share of b, share of s_sk)`. */
function sharesPlaintext(transcript: Uint8Array, dealer: SiteId, holder: SiteId, held: HeldShares): Uint8Array {
  return frame(transcript, dealer, holder, held['self-mask'], held['mask-key']);
}

/** Both shares have one length, so they stand at fixed places from the end; encoding again refuses everything else. */
function parsePlaintext(
  transcript: Uint8Array,
  dealer: SiteId,
  holder: SiteId,
  plaintext: Uint8Array,
): HeldShares | undefined {
  const end = plaintext.length;
  const held: HeldShares = {
    'self-mask': plaintext.slice(end - 2 * shareBytes - 4, end - shareBytes - 4),
    'mask-key': plaintext.slice(end - shareBytes),
  };
  return constantTimeEqual(sharesPlaintext(transcript, dealer, holder, held), plaintext) ? held : undefined;
}

function hashes(
  { crypto }: Site,
  { transcript }: SiteKeyed,
  dealer: SiteId,
  holder: SiteId,
  held: HeldShares,
): Pick<SealedShares, 'selfMaskHash' | 'maskKeyHash'> {
  const name = { transcript, dealer, holder };
  return {
    selfMaskHash: shareHash(crypto, { ...name, kind: 'self-mask' }, held['self-mask']),
    maskKeyHash: shareHash(crypto, { ...name, kind: 'mask-key' }, held['mask-key']),
  };
}
