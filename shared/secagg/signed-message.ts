/**
 * The exact bytes that are signed: `F(label, ctx, fields)`, one label for each type of message, so that nothing verifies
 * as another type or in another round, plan, roster, key epoch or model. Lists add their parts one after the other, by
 * id. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Part } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import { equalBytes } from '../util/bytes.ts';
import { bySiteId } from '../util/ids.ts';
import { unreachable } from '../util/unreachable.ts';
import { byId } from './context.ts';
import type * as Message from './types.ts';

type Unsigned<Type extends string, T, Keys extends keyof T> = { readonly type: Type } & Pick<T, Keys>;

/** What each type of message says under its signature; more fields than these may be there and are not signed. */
export type Statement =
  | Unsigned<
      'advertiseKeys',
      Message.Advertisement,
      'site' | 'channelPublicKey' | 'maskPublicKey' | 'selfMaskCommitment'
    >
  | Unsigned<'shareKeys', Message.KeyShares, 'site' | 'transcript' | 'shares'>
  | Unsigned<'badShare', Message.BadShareReport, 'site' | 'transcript' | 'dealers'>
  | Unsigned<'uploadCommitment', Message.UploadCommitment, 'site' | 'commitment'>
  | Unsigned<'confirmSurvivors', Message.Confirmation, 'site' | 'confirmation'>
  | Unsigned<'unmask', Message.UnmaskAnswer, 'site' | 'confirmationHash' | 'shares'>
  | Unsigned<'modelSignature', Message.ModelSignature, 'site' | 'modelHash'>
  | Unsigned<'roundOpened', Message.RoundOpened, 'planHash' | 'rosterHash' | 'round' | 'cohort' | 'modelHash'>
  | Unsigned<'closing', Message.Closing, 'transcript' | 'phase' | 'sites'>
  | Unsigned<'receipt', Message.Receipt, 'site' | 'commitment'>
  | Unsigned<'unmaskRequest', Message.UnmaskRequest, 'confirmationHash'>;

/** A context and the signature made under it: what a signed message carries beside its statement. */
export interface Signature {
  readonly context: Uint8Array;
  readonly signature: Uint8Array;
}

/** `F(label, ctx, fields)`. */
export function signedBytes(context: Uint8Array, statement: Statement): Uint8Array {
  return frame(label(labelNames[statement.type]), context, ...fieldsOf(statement));
}

/** The signature of `statement` under `context`, with the context, ready to be spread into a message. */
export function signMessage(crypto: Crypto, seed: Uint8Array, context: Uint8Array, statement: Statement): Signature {
  return { context, signature: crypto.sign(seed, signedBytes(context, statement)) };
}

/**
 * What is wrong with a signed message, if anything. The signature is checked under the context that the message carries,
 * and only then is that compared with the receiver's own: so a site with another model is told from a forger.
 */
export function verifyMessage(
  crypto: Crypto,
  publicKey: Uint8Array,
  ownContext: Uint8Array,
  statement: Statement,
  carried: Signature,
): 'badSignature' | 'contextMismatch' | undefined {
  if (!crypto.verify(publicKey, signedBytes(carried.context, statement), carried.signature)) return 'badSignature';
  return equalBytes(carried.context, ownContext) ? undefined : 'contextMismatch';
}

const labelNames: Readonly<Record<Statement['type'], string>> = {
  advertiseKeys: 'advertise-keys',
  shareKeys: 'share-keys',
  badShare: 'bad-share',
  uploadCommitment: 'upload-commitment',
  confirmSurvivors: 'confirm-survivors',
  unmask: 'unmask',
  modelSignature: 'model-signature',
  roundOpened: 'round-opened',
  closing: 'closing',
  receipt: 'receipt',
  unmaskRequest: 'unmask-request',
};

function fieldsOf(statement: Statement): readonly Part[] {
  switch (statement.type) {
    case 'advertiseKeys':
      return [statement.site, statement.channelPublicKey, statement.maskPublicKey, statement.selfMaskCommitment];
    case 'shareKeys':
      return [statement.site, statement.transcript, ...dealtFields(statement.shares)];
    case 'badShare':
      return [statement.site, statement.transcript, ...byId(statement.dealers)];
    case 'uploadCommitment':
    case 'receipt':
      return [statement.site, statement.commitment];
    case 'confirmSurvivors':
      return [statement.site, statement.confirmation];
    case 'unmask':
      return [statement.site, statement.confirmationHash, ...revealedFields(statement.shares)];
    case 'modelSignature':
      return [statement.site, statement.modelHash];
    case 'roundOpened':
      return roundFields(statement);
    case 'closing':
      return [statement.transcript, statement.phase, ...byId(statement.sites)];
    case 'unmaskRequest':
      return [statement.confirmationHash];
    default:
      return unreachable(statement);
  }
}

function dealtFields(shares: readonly Message.SealedShares[]): readonly Part[] {
  return shares
    .toSorted((a, b) => bySiteId(a.holder, b.holder))
    .flatMap(({ holder, sealed, selfMaskHash, maskKeyHash }) => [holder, sealed, selfMaskHash, maskKeyHash]);
}

function revealedFields(shares: readonly Message.RevealedShare[]): readonly Part[] {
  return shares.toSorted((a, b) => bySiteId(a.of, b.of)).flatMap(({ of, kind, share }) => [of, kind, share]);
}

function roundFields(opened: Extract<Statement, { type: 'roundOpened' }>): readonly Part[] {
  return [opened.planHash, opened.rosterHash, opened.round, ...byId(opened.cohort), opened.modelHash];
}
