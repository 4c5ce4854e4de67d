/**
 * Which secrets are rebuilt in phase 4, from whose shares, and which masks they take off the sum. The order is always
 * that of U2 by id. Source: proto/spec/secure-sum.md, section 5, "Reconstruction".
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { equalBytes } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { byId, shareHash } from './context.ts';
import { masksWithDropout, selfMask } from './mask.ts';
import type { AnsweredShare, RecoveredSecret, SharedSecret } from './recover.ts';
import type {
  KeyShares,
  Mask,
  ShareKind,
  SumParameters,
  SurvivorStanding,
  UnmaskAnswer,
  UnmaskStanding,
} from './types.ts';
import { kindToReveal, standingOf } from './unmask.ts';

/** One secret of every site of U2: b of a survivor, s_sk of a dropout, with all that its dealer signed about it. */
export function secretsToRebuild(state: SurvivorStanding, { threshold }: SumParameters): readonly SharedSecret[] {
  return byId(state.keyShares.keys()).map((dealer) => {
    const kind = kindToReveal(standingOf(dealer, state.uploads));
    const { maskPublicKey, selfMaskCommitment } = state.advertised.get(dealer)!; // U2 ⊆ U1
    const commitment = kind === 'self-mask' ? selfMaskCommitment : maskPublicKey;
    const shareHashes = hashesByHolder(state.keyShares.get(dealer)!, kind); // a key of this map
    return { transcript: state.transcript, dealer, kind, threshold, shareHashes, commitment };
  });
}

/** The shares of this secret that were answered; a share of the other kind is not even looked at. */
export function answeredShares({ answers }: UnmaskStanding, secret: SharedSecret): readonly AnsweredShare[] {
  return [...answers].flatMap(([site, { shares }]) => {
    const revealed = shares.find(({ of, kind }) => of === secret.dealer && kind === secret.kind);
    return revealed === undefined ? [] : [{ site, share: revealed.share }];
  });
}

/** Whether an answer holds a share that is not what its dealer dealt to this site, that nobody asked for, or one twice. */
export function isBadAnswer(
  crypto: Crypto,
  secrets: readonly SharedSecret[],
  { site: holder, shares }: UnmaskAnswer,
): boolean {
  const asDealt = shares.every(({ of, kind, share }) => {
    const secret = secrets.find(({ dealer }) => dealer === of);
    const dealt = secret?.shareHashes.get(holder);
    if (secret?.kind !== kind || dealt === undefined) return false;
    return equalBytes(dealt, shareHash(crypto, { transcript: secret.transcript, dealer: of, holder, kind }, share));
  });
  return !asDealt || new Set(shares.map(({ of }) => of)).size < shares.length;
}

/** The masks that are on the sum of U3: the self mask of every survivor, and what the survivors added for the dropouts. */
export function masksOnSum(
  crypto: Crypto,
  { transcript, advertised, uploads }: UnmaskStanding,
  rebuilt: readonly (Pick<SharedSecret, 'dealer' | 'kind'> & Pick<RecoveredSecret, 'secret'>)[],
): readonly Mask[] {
  const survivors = new Map(byId(uploads.keys()).map((site) => [site, advertised.get(site)!.maskPublicKey])); // U3 ⊆ U1
  return rebuilt.flatMap(({ dealer, kind, secret }) =>
    kind === 'self-mask'
      ? [selfMask(crypto, transcript, dealer, secret)]
      : masksWithDropout(crypto, { transcript, dropout: dealer, maskPrivateKey: secret, survivors }),
  );
}

function hashesByHolder({ shares }: KeyShares, kind: ShareKind): ReadonlyMap<SiteId, Uint8Array> {
  return new Map(
    shares.map(({ holder, selfMaskHash, maskKeyHash }) => [holder, kind === 'self-mask' ? selfMaskHash : maskKeyHash]),
  );
}
