/** Suite `secagg/shamir`. @module */
import { combineShares } from '#shared/crypto/shamir';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError } from '#shared/errors';
import { checkCombined, matchShares } from '#shared/secagg/recover';
import type { RecoveryFailure, SharedSecret } from '#shared/secagg/recover';
import { bySite, bytes, hex, list, number, object, site } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';
import { shareKind } from './context.ts';

export function shamir(crypto: Crypto): Suite {
  return {
    combine: async ({ shares }) => ({ secret: hex(await combineShares(list(shares, bytes))) }),
    recover: (input) => recover(crypto, input),
  };
}

async function recover(crypto: Crypto, input: JsonObject): Promise<unknown> {
  const shared = sharedSecret(input);
  const answered = list(input['shares'], (item) => {
    const { site: id, share } = object(item);
    return { site: site(id), share: bytes(share) };
  });
  const matched = matchShares(crypto, shared, answered);
  if (matched.kind === 'failed') throw refused(matched);
  const combined = await combineShares(matched.shares);
  const recovered = checkCombined(crypto, shared, matched.culprits, combined);
  if (recovered.kind === 'failed') throw refused(recovered);
  return { secret: hex(recovered.secret), culprits: recovered.culprits };
}

function sharedSecret(input: JsonObject): SharedSecret {
  const kind = shareKind(input['kind']);
  return {
    transcript: bytes(input['transcript']),
    dealer: site(input['dealer']),
    kind,
    threshold: number(input['threshold']),
    shareHashes: bySite(input['shareHashes'], bytes),
    commitment: bytes(input[kind === 'self-mask' ? 'selfMaskCommitment' : 'maskPublicKey']),
  };
}

function refused({ code, culprits }: RecoveryFailure): ProtocolError {
  return new ProtocolError(code, 'the secret is not recovered', { culprits });
}
