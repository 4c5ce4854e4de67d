/**
 * The signed messages of a site: what each says under its signature, signing one, and whether one holds. Source:
 * proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import { unreachable } from '../../util/unreachable.ts';
import { signMessage, signedBytes, verifyMessage } from '../signed-message.ts';
import type { Signature, Statement } from '../signed-message.ts';
import type { Ready, Refusal, SiteMessage } from '../types.ts';

/** Every message of a site but `ready` and `refusal`, which commit to nothing. */
export type SignedSiteMessage = Exclude<SiteMessage, Ready | Refusal>;
type WithoutSignature<M> = M extends unknown ? Omit<M, keyof Signature> : never;
type Unsigned = WithoutSignature<SignedSiteMessage>;

/** `message` with the signature of `seed`'s owner under `context`. */
export function signSiteMessage<M extends Unsigned>(
  crypto: Crypto,
  seed: Uint8Array,
  context: Uint8Array,
  message: M,
): M & Signature {
  return { ...message, ...signMessage(crypto, seed, context, statementOf(message)) };
}

/** What is wrong with the signature or the context of a site's message, if anything. */
export function siteMessageProblem(
  crypto: Crypto,
  identity: Uint8Array | undefined,
  ownContext: Uint8Array,
  message: SignedSiteMessage,
): 'notRostered' | 'badSignature' | 'contextMismatch' | undefined {
  if (identity === undefined) return 'notRostered';
  return verifyMessage(crypto, identity, ownContext, statementOf(message), message);
}

/** Whether two messages are the same bytes: a repeat, which gets the first answer. */
export function isSameMessage(a: SignedSiteMessage, b: SignedSiteMessage): boolean {
  return equalBytes(bytesOf(a), bytesOf(b)) && equalBytes(a.signature, b.signature);
}

function bytesOf(message: SignedSiteMessage): Uint8Array {
  return signedBytes(message.context, statementOf(message));
}

function statementOf(message: Unsigned): Statement {
  switch (message.kind) {
    case 'advertisement':
      return { type: 'advertiseKeys', ...message };
    case 'keyShares':
      return { type: 'shareKeys', ...message };
    case 'badShareReport':
      return { type: 'badShare', ...message };
    case 'uploadCommitment':
      return { type: 'uploadCommitment', ...message };
    case 'confirmation':
      return { type: 'confirmSurvivors', ...message };
    case 'unmaskAnswer':
      return { type: 'unmask', ...message };
    case 'modelSignature':
      return { type: 'modelSignature', ...message };
    default:
      return unreachable(message);
  }
}
