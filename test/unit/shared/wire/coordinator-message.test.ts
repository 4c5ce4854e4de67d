import type { Closing, CoordinatorMessage } from '#shared/secagg/types';
import { unreachable } from '#shared/util/unreachable';
import type { SiteId } from '#shared/util/ids';
import { decodeCoordinatorMessage } from '#shared/wire/decode';
import { encodeCoordinatorMessage } from '#shared/wire/encode';
import { coordinatorMessages, siteMessages } from '../../../support/messages.ts';
import { SessionResponse } from '../../../../shared/wire/generated/consilium/v1/session.ts';
import { holdsOnTheWire, patched } from '../../../support/wire-laws.ts';
import type { Refusal } from '../../../support/wire-laws.ts';

const short = new Uint8Array(31);
const noSite = 'North!' as SiteId; // what a hostile peer would write

type Refused = readonly Refusal<CoordinatorMessage>[];
type Closes = Extract<CoordinatorMessage, { closing: Closing }>;

function withoutRound(message: CoordinatorMessage): Refused {
  return [['round', 'outOfRange', { ...message, round: 0 }]];
}

function closingFields(message: Closes): Refused {
  const withClosing = (wrong: Partial<Closing>): Closes => ({ ...message, closing: { ...message.closing, ...wrong } });
  return [
    ['closing', 'missingField', withoutClosing(message.kind)],
    ['closing.context', 'wrongLength', withClosing({ context: short })],
    ['closing.transcript', 'wrongLength', withClosing({ transcript: short })],
    ['closing.phase', 'unknownEnum', patched(encodeCoordinatorMessage(message), [0x18, 2, 0x22], [0x18, 9, 0x22])],
    ['closing.sites', 'badFormat', withClosing({ sites: [noSite] })],
    ['closing.signature', 'wrongLength', withClosing({ signature: short })],
  ];
}

/** Only bytes can leave it out. */
function withoutClosing(kind: Closes['kind']): Uint8Array {
  const empty = { round: 3, closing: undefined };
  switch (kind) {
    case 'advertisements':
      return SessionResponse.encode({ message: { $case: kind, value: { ...empty, advertisements: [] } } }).finish();
    case 'routedShares':
      return SessionResponse.encode({ message: { $case: kind, value: { ...empty, shares: [] } } }).finish();
    case 'confirmRequest':
      return SessionResponse.encode({
        message: { $case: kind, value: { ...empty, u2: [], commitments: [] } },
      }).finish();
    default:
      return unreachable(kind);
  }
}

const { roundOpened, advertisements, routedShares, receipt, confirmRequest } = coordinatorMessages;
const { unmaskRequest, aggregatePublished, roundClosed, messageRefused } = coordinatorMessages;
const [routed] = routedShares.shares;
const [confirmedBy] = unmaskRequest.confirmations;

const refusals: Readonly<Record<CoordinatorMessage['kind'], Refused>> = {
  roundOpened: [
    ['plan_hash', 'wrongLength', { ...roundOpened, planHash: short }],
    ['roster_hash', 'wrongLength', { ...roundOpened, rosterHash: short }],
    ['cohort', 'badFormat', { ...roundOpened, cohort: [noSite] }],
    ['model_hash', 'wrongLength', { ...roundOpened, modelHash: short }],
    ['signature', 'wrongLength', { ...roundOpened, signature: short }],
  ],
  attemptOpened: [],
  advertisements: [
    ...closingFields(advertisements),
    [
      'context',
      'wrongLength',
      { ...advertisements, advertisements: [{ ...siteMessages.advertisement, context: short }] },
    ],
  ],
  routedShares: [
    ...closingFields(routedShares),
    ['dealer', 'badFormat', { ...routedShares, shares: [{ ...routed, dealer: noSite }] }],
    ['holder', 'badFormat', { ...routedShares, shares: [{ ...routed, holder: noSite }] }],
  ],
  receipt: [
    ['site', 'badFormat', { ...receipt, site: noSite }],
    ['context', 'wrongLength', { ...receipt, context: short }],
    ['commitment', 'wrongLength', { ...receipt, commitment: short }],
    ['signature', 'wrongLength', { ...receipt, signature: short }],
  ],
  confirmRequest: [
    ...closingFields(confirmRequest),
    ['u2', 'badFormat', { ...confirmRequest, u2: [noSite] }],
    [
      'commitment',
      'wrongLength',
      { ...confirmRequest, commitments: [{ ...siteMessages.uploadCommitment, commitment: short }] },
    ],
  ],
  unmaskRequest: [
    ['context', 'wrongLength', { ...unmaskRequest, context: short }],
    ['confirmation_hash', 'wrongLength', { ...unmaskRequest, confirmationHash: short }],
    ['u2', 'badFormat', { ...unmaskRequest, u2: [noSite] }],
    [
      'commitment',
      'wrongLength',
      { ...unmaskRequest, commitments: [{ ...siteMessages.uploadCommitment, commitment: short }] },
    ],
    ['confirmations.site', 'badFormat', { ...unmaskRequest, confirmations: [{ ...confirmedBy, site: noSite }] }],
    [
      'confirmations.signature',
      'wrongLength',
      { ...unmaskRequest, confirmations: [{ ...confirmedBy, signature: short }] },
    ],
    ['signature', 'wrongLength', { ...unmaskRequest, signature: short }],
  ],
  aggregatePublished: [
    ['u3', 'badFormat', { ...aggregatePublished, u3: [noSite] }],
    ['byte_length', 'outOfRange', { ...aggregatePublished, byteLength: 2 ** 60 }],
    ['aggregate_hash', 'wrongLength', { ...aggregatePublished, aggregateHash: short }],
  ],
  roundClosed: [
    ['outcome', 'unknownEnum', patched(encodeCoordinatorMessage(roundClosed), [0x10, 1, 0x1a], [0x10, 0, 0x1a])],
    ['culprits', 'badFormat', { ...roundClosed, culprits: [noSite] }],
    ['model_hash', 'wrongLength', { ...roundClosed, modelHash: short }],
    [
      'signature',
      'wrongLength',
      { ...roundClosed, signatures: [{ ...siteMessages.modelSignature, signature: short }] },
    ],
  ],
  messageRefused: [['code', 'unknownEnum', patched(encodeCoordinatorMessage(messageRefused), [0x10, 18], [0x10, 99])]],
};

describe("the coordinator's messages on the wire", () => {
  for (const value of Object.values<CoordinatorMessage>(coordinatorMessages)) {
    holdsOnTheWire({
      name: value.kind,
      value,
      encode: encodeCoordinatorMessage,
      decode: decodeCoordinatorMessage,
      refused: [...withoutRound(value), ...refusals[value.kind]],
    });
  }
});
