/**
 * Which secrets are rebuilt in phase 4, from whose shares, and which masks they take off the sum. The order is always
 * that of U2 by id. Source: proto/spec/secure-sum.md, section 5, "Reconstruction".
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { neighboursAmong } from '../attempt-graph.ts';
import { byId, shareHash } from '../context.ts';
import { neighbourhoodShares } from '../graph.ts';
import { masksWithDropout, selfMask } from '../mask.ts';
import type { AnsweredShare, RecoveredSecret, SharedSecret } from '../recover.ts';
import type {
  KeyShares,
  Mask,
  RevealedShare,
  SealedShares,
  ShareKind,
  SurvivorStanding,
  UnmaskAnswer,
  UnmaskStanding,
} from '../types.ts';
import { kindToReveal, standingOf } from '../unmask.ts';

/** One secret of every site of U2: b of a survivor, s_sk of a dropout, with all that its dealer signed about it. */
export function secretsToRebuild(state: SurvivorStanding): readonly SharedSecret[] {
  const { shareThreshold: threshold } = state.graph;
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

/** Whether so many have answered that every secret may have t_k shares; who answered is in its own neighbourhood, too. */
export function mayHaveEnoughShares({ graph, keyShares, answers }: UnmaskStanding): boolean {
  const answered = new Set(answers.keys());
  return neighbourhoodShares(graph, [...keyShares.keys()], answered, graph.shareThreshold).short.length === 0;
}

/** Whether an answer holds a share that is not what its dealer dealt to this site, that nobody asked for, or one twice. */
export function isBadAnswer(crypto: Crypto, state: SurvivorStanding, { site, shares }: UnmaskAnswer): boolean {
  const asDealt = shares.every((revealed) => isAsDealt(crypto, state, site, revealed));
  return !asDealt || new Set(shares.map(({ of }) => of)).size < shares.length;
}

function isAsDealt(
  crypto: Crypto,
  { transcript, keyShares, uploads }: SurvivorStanding,
  holder: SiteId,
  { of: dealer, kind, share }: RevealedShare,
): boolean {
  const dealt = keyShares.get(dealer)?.shares.find((pair) => pair.holder === holder);
  if (dealt === undefined || kind !== kindToReveal(standingOf(dealer, uploads))) return false;
  return equalBytes(hashOf(dealt, kind), shareHash(crypto, { transcript, dealer, holder, kind }, share));
}

/** The masks that are on the sum of U3: the self mask of every survivor, and what its neighbours in U3 added for each dropout. */
export function masksOnSum(
  crypto: Crypto,
  { transcript, graph, advertised, uploads }: UnmaskStanding,
  rebuilt: readonly (Pick<SharedSecret, 'dealer' | 'kind'> & Pick<RecoveredSecret, 'secret'>)[],
): readonly Mask[] {
  const u3 = byId(uploads.keys());
  const survivorsAround = (dropout: SiteId): ReadonlyMap<SiteId, Uint8Array> =>
    new Map(neighboursAmong(graph, dropout, u3).map((site) => [site, advertised.get(site)!.maskPublicKey])); // U3 ⊆ U1
  return rebuilt.flatMap(({ dealer, kind, secret }) =>
    kind === 'self-mask'
      ? [selfMask(crypto, transcript, dealer, secret)]
      : masksWithDropout(crypto, {
          transcript,
          dropout: dealer,
          maskPrivateKey: secret,
          survivors: survivorsAround(dealer),
        }),
  );
}

function hashesByHolder({ shares }: KeyShares, kind: ShareKind): ReadonlyMap<SiteId, Uint8Array> {
  return new Map(shares.map((pair) => [pair.holder, hashOf(pair, kind)]));
}

function hashOf({ selfMaskHash, maskKeyHash }: SealedShares, kind: ShareKind): Uint8Array {
  return kind === 'self-mask' ? selfMaskHash : maskKeyHash;
}
