/** What a party that holds its own key and obeys nobody can make: messages that are changed and signed again. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { confirmationBytes } from '#shared/secagg/context';
import { signMessage } from '#shared/secagg/signed-message';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { SignedSiteMessage } from '#shared/secagg/site/message';
import type {
  Closing,
  Confirmation,
  CoordinatorMessage,
  SiteMessage,
  UnmaskRequest,
  UploadCommitment,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import type { Op, Packet } from './federation.ts';
import { identitySeed } from './study.ts';

/** The message with these fields changed, signed by its sender's own key under the context it carries. */
export function signedAnew<M extends SignedSiteMessage>(message: M, change: Partial<M>): M {
  const changed = { ...message, ...change };
  return { ...changed, ...signSiteMessage(nodeCrypto, identitySeed(message.site), changed.context, changed) };
}

/** The closing with these fields changed, signed by the coordinator. */
export function closingAnew(closing: Closing, change: Partial<Closing>): Closing {
  const changed = { ...closing, ...change };
  const seed = identitySeed('coordinator');
  return { ...changed, ...signMessage(nodeCrypto, seed, changed.context, { type: 'closing', ...changed }) };
}

/** What an unmask request names, with the coordinator's signature and whatever confirmations it likes. */
export function unmaskRequestFor(
  { round, context }: Pick<UnmaskRequest, 'round' | 'context'>,
  transcript: Uint8Array,
  u2: readonly SiteId[],
  commitments: readonly UploadCommitment[],
  confirmedBy: readonly SiteId[],
): UnmaskRequest {
  const confirmation = confirmationBytes(
    transcript,
    u2,
    new Map(commitments.map(({ site, commitment }) => [site, commitment])),
  );
  const confirmations = confirmedBy.map((site) => ({
    site,
    signature: confirmationOf(site, context, confirmation).signature,
  }));
  const confirmationHash = nodeCrypto.sha256(confirmation);
  const signature = signMessage(nodeCrypto, identitySeed('coordinator'), context, {
    type: 'unmaskRequest',
    confirmationHash,
  });
  return { kind: 'unmaskRequest', round, confirmationHash, u2, commitments, confirmations, ...signature };
}

/** A confirmation under the key of a site that colludes. */
export function confirmationOf(site: SiteId, context: Uint8Array, confirmation: Uint8Array): Confirmation {
  return signSiteMessage(nodeCrypto, identitySeed(site), context, { kind: 'confirmation', site, confirmation });
}

/** Changes every message of one kind that a site sends. */
export function siteSends<K extends SiteMessage['kind']>(
  site: SiteId,
  kind: K,
  change: (message: Extract<SiteMessage, { kind: K }>) => readonly SiteMessage[],
): Op {
  const as = (packet: Packet): readonly Packet[] | undefined => {
    if (packet.kind !== 'up' || packet.site !== site || packet.message.kind !== kind) return undefined;
    const message = packet.message as Extract<SiteMessage, { kind: K }>; // its kind was compared
    return change(message).map((changed) => ({ kind: 'up', site, message: changed }));
  };
  return { op: 'forge', as };
}

/** Changes every message of one kind that the coordinator sends to these sites. */
export function coordinatorSends<K extends CoordinatorMessage['kind']>(
  sites: readonly SiteId[],
  kind: K,
  change: (message: Extract<CoordinatorMessage, { kind: K }>, site: SiteId) => CoordinatorMessage,
): Op {
  const as = (packet: Packet): readonly Packet[] | undefined => {
    if (packet.kind !== 'down' || !sites.includes(packet.site) || packet.message.kind !== kind) return undefined;
    const message = packet.message as Extract<CoordinatorMessage, { kind: K }>; // its kind was compared
    return [{ ...packet, message: change(message, packet.site) }];
  };
  return { op: 'forge', as };
}

/** Dealers both of whose shares one site gave away; there must never be one. */
export function bothSecretsRevealed(tap: readonly Packet[]): readonly string[] {
  const kinds = new Map<string, Set<string>>();
  for (const packet of tap) {
    if (packet.kind !== 'up' || packet.message.kind !== 'unmaskAnswer') continue;
    for (const { of, kind } of packet.message.shares) {
      const key = `${packet.site} of ${of}`;
      kinds.set(key, new Set([...(kinds.get(key) ?? []), kind]));
    }
  }
  return [...kinds].filter(([, revealed]) => revealed.size > 1).map(([key]) => key);
}
