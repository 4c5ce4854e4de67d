/** The gate for a site's messages. @module */
import { DecodeError } from '../errors.ts';
import type * as Domain from '../secagg/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { refusalCodes, shareKinds } from './codes.ts';
import * as keys from './decode-keys.ts';
import { encodeSiteMessage } from './encode.ts';
import * as field from './fields.ts';
import { decodeWith } from './gate.ts';
import { SessionRequest } from './generated/consilium/v1/session.ts';
import type * as Wire from './generated/consilium/v1/site_message.ts';
import type { FromSite } from './types.ts';

/** `F(root, chunkCount, byteLength, T2)`. */
export const commitmentBytes = 96;
/** Greatest `F(T1, U2, U3, commitments)`: four bytes more than each id and commitment, for every listed site. */
const maxConfirmationBytes = 64 + field.maxListedSites * (3 * 67 + commitmentBytes + 4);
/** A nonce, a box around T1, two ids and two shares. */
const maxSealedBytes = 1024;
/** A share of another length than 33 is judged where its sender is named. */
const maxShareBytes = 255;

/** A site's message. Whether the site that it names sent it is for the receiver, who knows the certificate. */
export function decodeSiteMessage(bytes: Uint8Array): FromSite {
  return decodeWith(
    'a message of a site',
    SessionRequest,
    bytes,
    ({ message }) => siteMessage(message),
    encodeSiteMessage,
  );
}

function siteMessage(message: SessionRequest['message']): FromSite {
  if (message === undefined) throw new DecodeError('missingField', 'message: is missing or of an unknown kind');
  switch (message.$case) {
    case 'ready':
      return { kind: 'ready', site: sender(message.value), round: field.round('ready.round', message.value.round) };
    case 'refusal':
      return refusal(message.value);
    case 'advertisement':
      return advertisement(message.value);
    case 'keyShares':
      return keyShares(message.value);
    case 'badShareReport':
      return badShareReport(message.value);
    case 'uploadCommitment':
      return uploadCommitment(message.value);
    case 'confirmation':
      return confirmation(message.value);
    case 'unmaskAnswer':
      return unmaskAnswer(message.value);
    case 'modelSignature':
      return modelSignature(message.value);
    case 'holding':
      return keys.holding(message.value);
    case 'keyRecord':
      return keys.keyRecord(message.value);
    case 'keyBox':
      return keys.keyBox(message.value);
    case 'keyRefusal':
      return keys.keyRefusal(message.value);
    default:
      return unreachable(message);
  }
}

function sender(wire: { readonly site: string }): Domain.SiteMessage['site'] {
  return field.site('site', wire.site);
}

function signed(wire: { readonly context: Uint8Array; readonly signature: Uint8Array }) {
  return {
    context: field.hash('context', wire.context),
    signature: field.signature('signature', wire.signature),
  };
}

function refusal(wire: Wire.Refusal): Domain.Refusal {
  return {
    kind: 'refusal',
    site: sender(wire),
    round: field.round('refusal.round', wire.round),
    code: field.code(refusalCodes, 'refusal.code', wire.code),
  };
}

/** Phase 0; also travels inside the coordinator's list. */
export function advertisement(wire: Wire.Advertisement): Domain.Advertisement {
  return {
    kind: 'advertisement',
    site: sender(wire),
    channelPublicKey: field.hash('channel_public_key', wire.channelPublicKey),
    maskPublicKey: field.hash('mask_public_key', wire.maskPublicKey),
    selfMaskCommitment: field.hash('self_mask_commitment', wire.selfMaskCommitment),
    ...signed(wire),
  };
}

/** Also travels routed, beside its dealer. */
export function sealedShares(wire: Wire.SealedShares): Domain.SealedShares {
  return {
    holder: field.site('holder', wire.holder),
    sealed: field.between(0, maxSealedBytes, 'sealed', wire.sealed),
    selfMaskHash: field.hash('self_mask_hash', wire.selfMaskHash),
    maskKeyHash: field.hash('mask_key_hash', wire.maskKeyHash),
  };
}

function keyShares(wire: Wire.KeyShares): Domain.KeyShares {
  return {
    kind: 'keyShares',
    site: sender(wire),
    transcript: field.hash('transcript', wire.transcript),
    shares: field.list('shares', wire.shares, sealedShares),
    ...signed(wire),
  };
}

function badShareReport(wire: Wire.BadShareReport): Domain.BadShareReport {
  return {
    kind: 'badShareReport',
    site: sender(wire),
    transcript: field.hash('transcript', wire.transcript),
    dealers: field.sites('dealers', wire.dealers),
    ...signed(wire),
  };
}

/** Phase 2; also travels inside the coordinator's requests. */
export function uploadCommitment(wire: Wire.UploadCommitment): Domain.UploadCommitment {
  return {
    kind: 'uploadCommitment',
    site: sender(wire),
    commitment: field.exactly(commitmentBytes, 'commitment', wire.commitment),
    ...signed(wire),
  };
}

function confirmation(wire: Wire.Confirmation): Domain.Confirmation {
  return {
    kind: 'confirmation',
    site: sender(wire),
    confirmation: field.between(1, maxConfirmationBytes, 'confirmation', wire.confirmation),
    ...signed(wire),
  };
}

function unmaskAnswer(wire: Wire.UnmaskAnswer): Domain.UnmaskAnswer {
  return {
    kind: 'unmaskAnswer',
    site: sender(wire),
    confirmationHash: field.hash('confirmation_hash', wire.confirmationHash),
    shares: field.list('shares', wire.shares, revealedShare),
    ...signed(wire),
  };
}

function revealedShare(wire: Wire.RevealedShare): Domain.RevealedShare {
  return {
    of: field.site('of', wire.of),
    kind: field.code(shareKinds, 'kind', wire.kind),
    share: field.between(0, maxShareBytes, 'share', wire.share),
  };
}

/** A site's vote; also travels with the end of the round. */
export function modelSignature(wire: Wire.ModelSignature): Domain.ModelSignature {
  return {
    kind: 'modelSignature',
    site: sender(wire),
    modelHash: field.hash('model_hash', wire.modelHash),
    ...signed(wire),
  };
}
