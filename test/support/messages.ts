/** One message of each kind, every list with two entries. @module */
import type { CoordinatorKeyMessage, SiteKeyMessage } from '#shared/secagg/keys/types';
import type { CoordinatorMessage, SiteMessage } from '#shared/secagg/types';
import { bytesOf, siteId } from './secrets.ts';

const north = siteId('north');
const south = siteId('south');
const context = bytesOf('context');
const signature = new Uint8Array(64).fill(7);
const signed = { context, signature };
const commitment = new Uint8Array(96).fill(5);

const closing = { ...signed, transcript: bytesOf('T1'), phase: 'shareKeys', sites: [north, south] } as const;

function share(holder: typeof north) {
  return {
    holder,
    sealed: new Uint8Array(160).fill(3),
    selfMaskHash: bytesOf('self mask'),
    maskKeyHash: bytesOf('mask key'),
  };
}

/** Messages of a site, by kind. */
export const siteMessages = {
  ready: { kind: 'ready', site: north, round: 3 },
  refusal: { kind: 'refusal', site: north, round: 3, code: 'modelMismatch' },
  advertisement: {
    kind: 'advertisement',
    site: north,
    ...signed,
    channelPublicKey: bytesOf('c'),
    maskPublicKey: bytesOf('s'),
    selfMaskCommitment: bytesOf('b'),
  },
  keyShares: {
    kind: 'keyShares',
    site: north,
    ...signed,
    transcript: bytesOf('T1'),
    shares: [share(north), share(south)],
  },
  badShareReport: {
    kind: 'badShareReport',
    site: north,
    ...signed,
    transcript: bytesOf('T1'),
    dealers: [north, south],
  },
  uploadCommitment: { kind: 'uploadCommitment', site: north, ...signed, commitment },
  confirmation: { kind: 'confirmation', site: north, ...signed, confirmation: new Uint8Array(500).fill(9) },
  unmaskAnswer: {
    kind: 'unmaskAnswer',
    site: north,
    ...signed,
    confirmationHash: bytesOf('confirmation'),
    shares: [
      { of: north, kind: 'self-mask', share: new Uint8Array(33).fill(1) },
      { of: south, kind: 'mask-key', share: new Uint8Array(33).fill(2) },
    ],
  },
  modelSignature: { kind: 'modelSignature', site: north, ...signed, modelHash: bytesOf('model') },
} as const satisfies { readonly [K in SiteMessage['kind']]: Extract<SiteMessage, { kind: K }> };

/** Messages of the coordinator, by kind. */
export const coordinatorMessages = {
  roundOpened: {
    kind: 'roundOpened',
    round: 3,
    planHash: bytesOf('plan'),
    rosterHash: bytesOf('roster'),
    cohort: [north, south],
    modelHash: bytesOf('model'),
    keyHash: bytesOf('key'),
    signature,
  },
  attemptOpened: { kind: 'attemptOpened', round: 3, attempt: 1 },
  advertisements: {
    kind: 'advertisements',
    round: 3,
    closing,
    advertisements: [siteMessages.advertisement, { ...siteMessages.advertisement, site: south }],
  },
  routedShares: {
    kind: 'routedShares',
    round: 3,
    closing,
    shares: [
      { dealer: north, ...share(south) },
      { dealer: south, ...share(south) },
    ],
  },
  receipt: { kind: 'receipt', round: 3, site: north, ...signed, commitment },
  confirmRequest: {
    kind: 'confirmRequest',
    round: 3,
    u2: [north, south],
    closing,
    commitments: [siteMessages.uploadCommitment, { ...siteMessages.uploadCommitment, site: south }],
  },
  unmaskRequest: {
    kind: 'unmaskRequest',
    round: 3,
    ...signed,
    confirmationHash: bytesOf('confirmation'),
    u2: [north, south],
    commitments: [siteMessages.uploadCommitment, { ...siteMessages.uploadCommitment, site: south }],
    confirmations: [
      { site: north, signature },
      { site: south, signature },
    ],
  },
  aggregatePublished: {
    kind: 'aggregatePublished',
    round: 3,
    attempt: 1,
    u3: [north, south],
    aggregateHash: bytesOf('aggregate'),
    byteLength: 2 ** 40,
  },
  roundClosed: {
    kind: 'roundClosed',
    round: 3,
    outcome: 'accepted',
    modelHash: bytesOf('model'),
    signatures: [siteMessages.modelSignature, { ...siteMessages.modelSignature, site: south }],
    culprits: [north, south],
  },
  messageRefused: { kind: 'messageRefused', round: 3, code: 'secondMessage' },
} as const satisfies { readonly [K in CoordinatorMessage['kind']]: Extract<CoordinatorMessage, { kind: K }> };

const ofEpoch = { planHash: bytesOf('plan'), epoch: 2 };
const keyRecord = {
  kind: 'keyRecord',
  ...ofEpoch,
  rosterHash: bytesOf('roster'),
  place: 1,
  maker: north,
  keyHash: bytesOf('key'),
  parameters: 'stream',
  signature,
} as const;
const keyBox = {
  kind: 'keyBox',
  ...ofEpoch,
  sealer: north,
  recipient: south,
  sealed: new Uint8Array(48).fill(4),
} as const;

/** What a site says of keys, by kind. */
export const siteKeyMessages = {
  holding: {
    kind: 'holding',
    site: north,
    planHash: bytesOf('plan'),
    modelRound: 3,
    keys: [
      { epoch: 1, keyHash: bytesOf('key 1') },
      { epoch: 2, keyHash: bytesOf('key 2') },
    ],
  },
  keyRecord,
  keyBox,
  keyRefusal: { kind: 'keyRefusal', site: north, ...ofEpoch, sealer: south, code: 'badBox' },
} as const satisfies { readonly [K in SiteKeyMessage['kind']]: Extract<SiteKeyMessage, { kind: K }> };

/** What the coordinator says of keys, by kind. */
export const coordinatorKeyMessages = {
  keyRequested: { kind: 'keyRequested', ...ofEpoch, place: 1 },
  keyRecord,
  keyBox,
  keyWanted: { kind: 'keyWanted', ...ofEpoch, recipients: [north, south] },
  snapshotWanted: { kind: 'snapshotWanted', ...ofEpoch, recipient: south },
  snapshotRecord: {
    kind: 'snapshotRecord',
    ...ofEpoch,
    rosterHash: bytesOf('roster'),
    round: 3,
    modelHash: bytesOf('model'),
    maker: north,
    recipient: south,
    byteLength: 1000,
    signature,
  },
} as const satisfies { readonly [K in CoordinatorKeyMessage['kind']]: Extract<CoordinatorKeyMessage, { kind: K }> };
