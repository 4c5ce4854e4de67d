import assert from 'node:assert/strict';
import { DecodeError } from '#shared/errors';
import type { SiteMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { decodeSiteMessage } from '#shared/wire/decode';
import { encodeSiteMessage } from '#shared/wire/encode';
import { siteMessages } from '../../../support/messages.ts';
import { holdsOnTheWire, patched } from '../../../support/wire-laws.ts';
import type { Refusal } from '../../../support/wire-laws.ts';

const short = new Uint8Array(31);
const noSite = 'North!' as SiteId; // what a hostile peer would write

type Refused = readonly Refusal<SiteMessage>[];

/** The fields that a signed message has, whatever it says. */
function signedFields(message: Extract<SiteMessage, { signature: Uint8Array }>): Refused {
  return [
    ['site', 'badFormat', { ...message, site: noSite }],
    ['context', 'wrongLength', { ...message, context: short }],
    ['signature', 'wrongLength', { ...message, signature: new Uint8Array(63) }],
  ];
}

const { ready, refusal, advertisement, keyShares, badShareReport, uploadCommitment } = siteMessages;
const { confirmation, unmaskAnswer, modelSignature } = siteMessages;
const [pair] = keyShares.shares;
const [share] = unmaskAnswer.shares;
const many = Array.from({ length: 1025 }, () => pair);

const refusals: Readonly<Record<SiteMessage['kind'], Refused>> = {
  ready: [
    ['site', 'badFormat', { ...ready, site: noSite }],
    ['round', 'outOfRange', { ...ready, round: 0 }],
  ],
  refusal: [
    ['site', 'badFormat', { ...refusal, site: noSite }],
    ['round', 'outOfRange', { ...refusal, round: 0 }],
    ['code', 'unknownEnum', patched(encodeSiteMessage(refusal), [0x10, 8], [0x10, 99])],
  ],
  advertisement: [
    ...signedFields(advertisement),
    ['channel_public_key', 'wrongLength', { ...advertisement, channelPublicKey: short }],
    ['mask_public_key', 'wrongLength', { ...advertisement, maskPublicKey: short }],
    ['self_mask_commitment', 'wrongLength', { ...advertisement, selfMaskCommitment: short }],
  ],
  keyShares: [
    ...signedFields(keyShares),
    ['transcript', 'wrongLength', { ...keyShares, transcript: short }],
    ['shares', 'outOfRange', { ...keyShares, shares: many }],
    ['holder', 'badFormat', { ...keyShares, shares: [{ ...pair, holder: noSite }] }],
    ['sealed', 'wrongLength', { ...keyShares, shares: [{ ...pair, sealed: new Uint8Array(1025) }] }],
    ['self_mask_hash', 'wrongLength', { ...keyShares, shares: [{ ...pair, selfMaskHash: short }] }],
    ['mask_key_hash', 'wrongLength', { ...keyShares, shares: [{ ...pair, maskKeyHash: short }] }],
  ],
  badShareReport: [
    ...signedFields(badShareReport),
    ['transcript', 'wrongLength', { ...badShareReport, transcript: short }],
    ['dealers', 'badFormat', { ...badShareReport, dealers: [noSite] }],
  ],
  uploadCommitment: [
    ...signedFields(uploadCommitment),
    ['commitment', 'wrongLength', { ...uploadCommitment, commitment: short }],
  ],
  confirmation: [
    ...signedFields(confirmation),
    ['confirmation', 'wrongLength', { ...confirmation, confirmation: new Uint8Array(0) }],
    ['confirmation', 'wrongLength', { ...confirmation, confirmation: new Uint8Array(400_000) }],
  ],
  unmaskAnswer: [
    ...signedFields(unmaskAnswer),
    ['confirmation_hash', 'wrongLength', { ...unmaskAnswer, confirmationHash: short }],
    ['of', 'badFormat', { ...unmaskAnswer, shares: [{ ...share, of: noSite }] }],
    ['kind', 'unknownEnum', patched(encodeSiteMessage(unmaskAnswer), [0x10, 1], [0x10, 3])],
    ['share', 'wrongLength', { ...unmaskAnswer, shares: [{ ...share, share: new Uint8Array(256) }] }],
  ],
  modelSignature: [
    ...signedFields(modelSignature),
    ['model_hash', 'wrongLength', { ...modelSignature, modelHash: short }],
  ],
};

describe("a site's messages on the wire", () => {
  for (const value of Object.values<SiteMessage>(siteMessages)) {
    holdsOnTheWire({
      name: value.kind,
      value,
      encode: encodeSiteMessage,
      decode: decodeSiteMessage,
      refused: refusals[value.kind],
    });
  }

  it('are refused without a kind', () => {
    assert.throws(
      () => decodeSiteMessage(new Uint8Array(0)),
      (error) => error instanceof DecodeError && error.code === 'missingField',
    );
  });

  it('are refused when fields come in another order', () => {
    const bytes = encodeSiteMessage(ready); // 0a, length, 08 03, 12 05 "north"
    const swapped = Uint8Array.of(...bytes.slice(0, 2), ...bytes.slice(4), ...bytes.slice(2, 4));
    assert.throws(
      () => decodeSiteMessage(swapped),
      (error) => error instanceof DecodeError && error.code === 'nonCanonical',
    );
  });
});
