/**
 * What a site says and does in an attempt once its checks are passed: one function for each step of
 * proto/spec/secure-sum.md, section 5. Each gives the next state and the effects; none decides whether it may.
 *
 * @module
 */
import { bySiteId } from '../../util/ids.ts';
import type { SiteId } from '../../util/ids.ts';
import { attemptGraph, holdersOf, neighboursAmong } from '../attempt-graph.ts';
import { byId, contextHash, maskedInputHash, selfMaskCommitment, uploadCommitment } from '../context.ts';
import type { UploadShape } from '../context.ts';
import { openShares, sealShares } from './dealing.ts';
import { pairwiseMask, selfMask } from '../mask.ts';
import { requestedConfirmation } from './checks.ts';
import type { Site } from './checks.ts';
import { signSiteMessage } from './message.ts';
import type {
  Advertisement,
  Advertisements,
  AttemptSecrets,
  BadShareReport,
  Confirmation,
  DealtShares,
  HeldShares,
  Mask,
  Ready,
  RevealedShare,
  RoutedShares,
  SiteAttempt,
  SiteConfirmed,
  SiteDealt,
  SiteEffect,
  SiteKeyed,
  SiteRouted,
  SiteStep,
  SiteUploaded,
  UnmaskRequest,
  UploadCommitment,
} from '../types.ts';
import { shareToReveal, standingOf } from '../unmask.ts';

/** Training is done. */
export function readyMessage({ config }: Site): Ready {
  return { kind: 'ready', site: config.site, round: config.binding.round };
}

/** > Site i sends c_pk, s_pk, H(b_i) = SHA-256(b_i), signed. */
export function advertise({ config, crypto }: Site, attempt: number, secrets: AttemptSecrets): SiteStep {
  const context = contextHash(crypto, { ...config.binding, attempt });
  const advertisement: Advertisement = signSiteMessage(crypto, config.identitySeed, context, {
    kind: 'advertisement',
    site: config.site,
    channelPublicKey: crypto.x25519PublicKey(secrets.channelPrivateKey),
    maskPublicKey: crypto.x25519PublicKey(secrets.maskPrivateKey),
    selfMaskCommitment: selfMaskCommitment(crypto, secrets.selfMaskSeed),
  });
  return {
    state: { phase: 'advertised', attempt, context, secrets, advertisement },
    effects: [{ kind: 'send', message: advertisement }],
  };
}

/** U1 is as it should be: the driver is asked for the shares, whose randomness it draws. */
export function askForShares(
  site: Site,
  state: SiteAttempt,
  transcript: Uint8Array,
  { advertisements }: Advertisements,
): SiteStep {
  const { attempt, context, secrets, advertisement } = state;
  const ordered = advertisements.toSorted((a, b) => bySiteId(a.site, b.site));
  const u1 = new Map(ordered.map((entry) => [entry.site, entry]));
  const graph = attemptGraph(site.crypto, transcript, [...u1.keys()], site.config.parameters);
  const keyed: SiteKeyed = { attempt, context, secrets, advertisement, transcript, u1, graph };
  return { state: { phase: 'dealing', ...keyed }, effects: [dealShares(site, keyed)] };
}

/** > Split s_sk and b t_k-of-(|N(i)| + 1): one share pair for each neighbour, and one that it keeps itself. */
export function dealShares({ config }: Site, { attempt, secrets, graph }: SiteKeyed): SiteEffect {
  return {
    kind: 'dealShares',
    attempt,
    threshold: graph.shareThreshold,
    holders: holdersOf(graph, config.site),
    secrets,
  };
}

/** > It keeps one share pair itself, seals each other pair to its holder, and signs the hashes of all with the boxes. */
export function sendShares(site: Site, state: SiteKeyed, dealt: readonly DealtShares[]): SiteStep {
  const { config, crypto } = site;
  const own = dealt.find(({ holder }) => holder === config.site);
  if (own === undefined) return { state: { ...state, phase: 'dealing' }, effects: [dealShares(site, state)] };
  const shares = dealt.map((pair) => sealShares(site, state, pair)).sort((a, b) => bySiteId(a.holder, b.holder));
  const keyShares = signSiteMessage(crypto, config.identitySeed, state.context, {
    kind: 'keyShares',
    site: config.site,
    transcript: state.transcript,
    shares,
  });
  const ownShares: HeldShares = { 'self-mask': own.selfMask, 'mask-key': own.maskKey };
  return {
    state: { ...state, phase: 'dealt', ownShares, keyShares },
    effects: [{ kind: 'send', message: keyShares }],
  };
}

/** U2 is as it should be: boxes are opened, bad ones reported by their dealers' names, and masking begins regardless. */
export function takeShares(site: Site, state: SiteDealt, routed: RoutedShares): SiteStep {
  const { attempt, context, secrets, advertisement, transcript, u1, graph } = state;
  const u2 = byId(routed.closing.sites);
  const dealers = neighboursAmong(graph, site.config.site, u2);
  const held = heldShares(site, state, dealers, routed);
  const bad = dealers.filter((dealer) => !held.has(dealer));
  const report = bad.length === 0 ? null : reportOf(site, state, bad);
  const next: SiteRouted = { attempt, context, secrets, advertisement, transcript, u1, graph, u2, held, report };
  return { state: { phase: 'masking', ...next }, effects: maskingEffects(site, next) };
}

/** The report, if there is one, and the work of masking. */
export function maskingEffects(site: Site, state: SiteRouted): readonly SiteEffect[] {
  const { attempt, report } = state;
  const { modulusBits } = site.config.parameters;
  return [
    ...(report === null ? [] : [{ kind: 'send', message: report } as const]),
    { kind: 'prepareUpload', attempt, masks: masksOf(site, state), modulusBits },
  ];
}

function heldShares(
  site: Site,
  state: SiteDealt,
  dealers: readonly SiteId[],
  { shares }: RoutedShares,
): ReadonlyMap<SiteId, HeldShares> {
  const routed = new Map(shares.map((entry) => [entry.dealer, entry]));
  const held = new Map([[site.config.site, state.ownShares]]);
  for (const dealer of dealers) {
    const entry = routed.get(dealer);
    const pair = entry && openShares(site, state, entry);
    if (pair !== undefined) held.set(dealer, pair);
  }
  return held;
}

function reportOf({ config, crypto }: Site, state: SiteKeyed, dealers: readonly SiteId[]): BadShareReport {
  return signSiteMessage(crypto, config.identitySeed, state.context, {
    kind: 'badShareReport',
    site: config.site,
    transcript: state.transcript,
    dealers,
  });
}

/** > y_i = x_i + PRG(HKDF(b_i)) + Σ_{j>i} PRG(seed_ij) − Σ_{j<i} PRG(seed_ij), for each neighbour j in U2. */
function masksOf({ config, crypto }: Site, { transcript, secrets, u1, graph, u2 }: SiteRouted): readonly Mask[] {
  const { site } = config;
  const { maskPrivateKey } = secrets;
  const pairwise = neighboursAmong(graph, site, u2).map((peer) => {
    const peerMaskPublicKey = u1.get(peer)!.maskPublicKey; // U2 ⊆ U1
    return pairwiseMask(crypto, { transcript, site, peer, maskPrivateKey, peerMaskPublicKey });
  });
  return [selfMask(crypto, transcript, site, secrets.selfMaskSeed), ...pairwise];
}

/** > Uploaded with a signed commitment: Merkle root over the chunks, number of chunks, byte length and T2. */
export function commitUpload({ config, crypto }: Site, state: SiteRouted, shape: UploadShape): SiteStep {
  const upload: UploadCommitment = signSiteMessage(crypto, config.identitySeed, state.context, {
    kind: 'uploadCommitment',
    site: config.site,
    commitment: uploadCommitment(maskedInputHash(crypto, state.transcript, state.u2), shape),
  });
  return { state: { ...state, phase: 'uploading', upload, receipt: null }, effects: uploadEffects(upload) };
}

/** The commitment, and the chunks under it. */
export function uploadEffects(upload: UploadCommitment): readonly SiteEffect[] {
  return [
    { kind: 'send', message: upload },
    { kind: 'uploadChunks', commitment: upload },
  ];
}

/** > It signs (T1, U2, U3, commitments), once in a round, whatever the attempt. */
export function confirm(
  { config, crypto }: Site,
  state: SiteUploaded,
  request: Pick<UnmaskRequest, 'u2' | 'commitments'>,
): SiteConfirmed {
  const confirmation: Confirmation = signSiteMessage(crypto, config.identitySeed, state.context, {
    kind: 'confirmation',
    site: config.site,
    confirmation: requestedConfirmation(state, request),
  });
  return { ...state, u3: byId(request.commitments.map((entry) => entry.site)), confirmation };
}

/** > For itself and each neighbour j in U2: the share of b_j if j is in U3, the share of s_sk_j if not. */
export function answerUnmask({ config, crypto }: Site, state: SiteConfirmed): SiteStep {
  const answer = signSiteMessage(crypto, config.identitySeed, state.context, {
    kind: 'unmaskAnswer',
    site: config.site,
    confirmationHash: crypto.sha256(state.confirmation.confirmation),
    shares: revealed(state),
  });
  return { state: { ...state, phase: 'unmasked', answer }, effects: [{ kind: 'send', message: answer }] };
}

/** Of itself and every neighbour in U2 whose shares it holds, the one share that may be revealed. */
function revealed({ u2, u3, held }: SiteConfirmed): readonly RevealedShare[] {
  const survivors = new Set(u3);
  return u2.flatMap((dealer) => {
    const pair = held.get(dealer);
    return pair === undefined ? [] : [shareToReveal(dealer, standingOf(dealer, survivors), pair)];
  });
}
