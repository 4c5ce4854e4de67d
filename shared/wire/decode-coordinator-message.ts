/** The gate for the coordinator's messages. @module */
import { DecodeError } from '../errors.ts';
import type * as Domain from '../secagg/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { closedPhases, refusalCodes, roundOutcomes } from './codes.ts';
import * as keys from './decode-keys.ts';
import * as site from './decode-site-message.ts';
import { encodeCoordinatorMessage } from './encode.ts';
import * as field from './fields.ts';
import { decodeWith } from './gate.ts';
import type * as Wire from './generated/consilium/v1/coordinator_message.ts';
import { SessionResponse } from './generated/consilium/v1/session.ts';
import type { ToSite } from './types.ts';

/** A message of the coordinator, as far as bytes tell; its signatures are the machine's to check. */
export function decodeCoordinatorMessage(bytes: Uint8Array): ToSite {
  return decodeWith(
    'a message of the coordinator',
    SessionResponse,
    bytes,
    ({ message }) => coordinatorMessage(message),
    encodeCoordinatorMessage,
  );
}

function coordinatorMessage(message: SessionResponse['message']): ToSite {
  if (message === undefined) throw new DecodeError('missingField', 'message: is missing or of an unknown kind');
  switch (message.$case) {
    case 'roundOpened':
      return roundOpened(message.value);
    case 'attemptOpened':
      return attemptOpened(message.value);
    case 'advertisements':
      return advertisements(message.value);
    case 'routedShares':
      return routedShares(message.value);
    case 'receipt':
      return receipt(message.value);
    case 'confirmRequest':
      return confirmRequest(message.value);
    case 'unmaskRequest':
      return unmaskRequest(message.value);
    case 'aggregatePublished':
      return aggregatePublished(message.value);
    case 'roundClosed':
      return roundClosed(message.value);
    case 'messageRefused':
      return messageRefused(message.value);
    case 'keyRequested':
      return keys.keyRequested(message.value);
    case 'keyRecord':
      return keys.keyRecord(message.value);
    case 'keyBox':
      return keys.keyBox(message.value);
    case 'keyWanted':
      return keys.keyWanted(message.value);
    case 'snapshotWanted':
      return keys.snapshotWanted(message.value);
    case 'snapshotRecord':
      return keys.snapshotRecord(message.value);
    default:
      return unreachable(message);
  }
}

function roundOpened(wire: Wire.RoundOpened): Domain.RoundOpened {
  return {
    kind: 'roundOpened',
    round: field.round('round', wire.round),
    planHash: field.hash('plan_hash', wire.planHash),
    rosterHash: field.hash('roster_hash', wire.rosterHash),
    cohort: field.sites('cohort', wire.cohort),
    modelHash: field.hash('model_hash', wire.modelHash),
    keyHash: field.hashOrNone('key_hash', wire.keyHash),
    signature: field.signature('signature', wire.signature),
  };
}

function attemptOpened(wire: Wire.AttemptOpened): Domain.AttemptOpened {
  return { kind: 'attemptOpened', round: field.round('round', wire.round), attempt: wire.attempt };
}

function closing(wire: Wire.Closing | undefined): Domain.Closing {
  const there = field.present('closing', wire);
  return {
    context: field.hash('closing.context', there.context),
    transcript: field.hash('closing.transcript', there.transcript),
    phase: field.code(closedPhases, 'closing.phase', there.phase),
    sites: field.sites('closing.sites', there.sites),
    signature: field.signature('closing.signature', there.signature),
  };
}

function advertisements(wire: Wire.Advertisements): Domain.Advertisements {
  return {
    kind: 'advertisements',
    round: field.round('round', wire.round),
    closing: closing(wire.closing),
    advertisements: field.list('advertisements', wire.advertisements, site.advertisement),
  };
}

function routedShares(wire: Wire.RoutedShares): Domain.RoutedShares {
  return {
    kind: 'routedShares',
    round: field.round('round', wire.round),
    closing: closing(wire.closing),
    shares: field.list('shares', wire.shares, ({ dealer, shares }) => ({
      dealer: field.site('dealer', dealer),
      ...site.sealedShares(field.present('shares.shares', shares)),
    })),
  };
}

function receipt(wire: Wire.Receipt): Domain.Receipt {
  return {
    kind: 'receipt',
    round: field.round('round', wire.round),
    site: field.site('site', wire.site),
    context: field.hash('context', wire.context),
    commitment: field.exactly(site.commitmentBytes, 'commitment', wire.commitment),
    signature: field.signature('signature', wire.signature),
  };
}

function confirmRequest(wire: Wire.ConfirmRequest): Domain.ConfirmRequest {
  return {
    kind: 'confirmRequest',
    round: field.round('round', wire.round),
    u2: field.sites('u2', wire.u2),
    closing: closing(wire.closing),
    commitments: field.list('commitments', wire.commitments, site.uploadCommitment),
  };
}

function unmaskRequest(wire: Wire.UnmaskRequest): Domain.UnmaskRequest {
  return {
    kind: 'unmaskRequest',
    round: field.round('round', wire.round),
    context: field.hash('context', wire.context),
    confirmationHash: field.hash('confirmation_hash', wire.confirmationHash),
    u2: field.sites('u2', wire.u2),
    commitments: field.list('commitments', wire.commitments, site.uploadCommitment),
    confirmations: field.list('confirmations', wire.confirmations, confirmationSignature),
    signature: field.signature('signature', wire.signature),
  };
}

function confirmationSignature(wire: Wire.ConfirmationSignature): Domain.ConfirmationSignature {
  return {
    site: field.site('confirmations.site', wire.site),
    signature: field.signature('confirmations.signature', wire.signature),
  };
}

/** Also travels in the list of closed rounds. */
export function aggregatePublished(wire: Wire.AggregatePublished): Domain.AggregatePublished {
  return {
    kind: 'aggregatePublished',
    round: field.round('round', wire.round),
    attempt: wire.attempt,
    u3: field.sites('u3', wire.u3),
    byteLength: field.size('byte_length', wire.byteLength),
    aggregateHash: field.hash('aggregate_hash', wire.aggregateHash),
  };
}

/** Also travels in the list of closed rounds. */
export function roundClosed(wire: Wire.RoundClosed): Domain.RoundClosed {
  return {
    kind: 'roundClosed',
    round: field.round('round', wire.round),
    outcome: field.code(roundOutcomes, 'outcome', wire.outcome),
    culprits: field.sites('culprits', wire.culprits),
    signatures: field.list('signatures', wire.signatures, site.modelSignature),
    modelHash: field.hash('model_hash', wire.modelHash),
  };
}

function messageRefused(wire: Wire.MessageRefused): Domain.MessageRefused {
  return {
    kind: 'messageRefused',
    round: field.round('round', wire.round),
    code: field.code(refusalCodes, 'code', wire.code),
  };
}
