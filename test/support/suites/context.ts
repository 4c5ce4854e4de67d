/** Suite `secagg/context`. @module */
import assert from 'node:assert/strict';
import type { Crypto } from '#shared/crypto/types';
import { VerificationError } from '#shared/errors';
import { merkleRoot } from '#shared/log/merkle';
import {
  cohortHash,
  confirmationBytes,
  contextHash,
  selfMaskCommitment,
  shareHash,
  uploadCommitment,
} from '#shared/secagg/context';
import { signMessage, signedBytes, verifyMessage } from '#shared/secagg/signed-message';
import type { Statement } from '#shared/secagg/signed-message';
import { transcriptHash } from '#shared/secagg/transcript';
import type { AttemptBinding, ShareKind } from '#shared/secagg/types';
import { bySite, bytes, hex, list, nullable, number, object, site, sites, text } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';

export function context(crypto: Crypto): Suite {
  return {
    context: (input) => ({
      cohortHash: hex(cohortHash(crypto, sites(input['cohort']))),
      context: hex(contextHash(crypto, binding(input))),
    }),
    transcript: (input) => ({
      transcript: hex(transcriptHash(crypto, bytes(input['context']), list(input['advertisements'], advertised))),
    }),
    selfMaskCommitment: (input) => ({
      selfMaskCommitment: hex(selfMaskCommitment(crypto, bytes(input['selfMaskSeed']))),
    }),
    shareHash: ({ transcript, dealer, holder, kind, share }) => {
      const name = { transcript: bytes(transcript), dealer: site(dealer), holder: site(holder), kind: shareKind(kind) };
      return { shareHash: hex(shareHash(crypto, name, bytes(share))) };
    },
    uploadCommitment: (input) => commitment(crypto, input),
    confirmation: ({ transcript, u2, u3, commitments }) => {
      const byU3 = bySite(commitments, bytes);
      assert.deepEqual([...byU3.keys()].sort(), sites(u3).sort());
      const confirmation = confirmationBytes(bytes(transcript), sites(u2), byU3);
      return { confirmation: hex(confirmation), sha256: hex(crypto.sha256(confirmation)) };
    },
    signedMessage: (input) => signed(crypto, input),
    verify: (input) => verified(crypto, input),
  };
}

function commitment(crypto: Crypto, { transcript, chunks }: JsonObject): unknown {
  const data = list(chunks, bytes);
  const root = merkleRoot(crypto, data);
  const byteLength = data.reduce((sum, chunk) => sum + chunk.length, 0);
  const shape = { root, chunkCount: data.length, byteLength };
  return { ...shape, root: hex(root), commitment: hex(uploadCommitment(bytes(transcript), shape)) };
}

function signed(crypto: Crypto, input: JsonObject): unknown {
  const ctx = bytes(input['context']);
  const seed = bytes(input['seed']);
  const said = statement(crypto, input);
  return {
    signedMessage: hex(signedBytes(ctx, said)),
    publicKey: hex(crypto.ed25519PublicKey(seed)),
    signature: hex(signMessage(crypto, seed, ctx, said).signature),
  };
}

function verified(crypto: Crypto, input: JsonObject): unknown {
  const carried = { context: bytes(input['context']), signature: bytes(input['signature']) };
  const own = bytes(input['ownContext']);
  const problem = verifyMessage(crypto, bytes(input['publicKey']), own, statement(crypto, input), carried);
  if (problem === 'badSignature') throw new VerificationError(problem, 'refused');
  return problem === undefined ? { valid: true } : { error: problem };
}

function binding(input: JsonObject): AttemptBinding {
  return {
    planHash: bytes(input['planHash']),
    rosterHash: bytes(input['rosterHash']),
    keyHash: nullable(input['keyHash'], bytes),
    round: number(input['round']),
    cohort: sites(input['cohort']),
    attempt: number(input['attempt']),
    modelHash: bytes(input['modelHash']),
  };
}

function advertised(item: Json): Parameters<typeof transcriptHash>[2][number] {
  const entry = object(item);
  return {
    site: site(entry['site']),
    channelPublicKey: bytes(entry['channelPublicKey']),
    maskPublicKey: bytes(entry['maskPublicKey']),
    selfMaskCommitment: bytes(entry['selfMaskCommitment']),
  };
}

/** Fields that name a whole confirmation are signed as its hash in two of the types. */
function statement(crypto: Crypto, input: JsonObject): Statement {
  const fields = object(input['fields']);
  const type = text(input['type']);
  switch (type) {
    case 'advertiseKeys':
      return { type, ...advertised(fields) };
    case 'shareKeys':
      return { type, ...from(fields), shares: list(fields['shares'], dealt) };
    case 'badShare':
      return { type, ...from(fields), dealers: sites(fields['dealers']) };
    case 'uploadCommitment':
    case 'receipt':
      return { type, site: site(fields['site']), commitment: bytes(fields['commitment']) };
    case 'confirmSurvivors':
      return { type, site: site(fields['site']), confirmation: bytes(fields['confirmation']) };
    case 'unmask':
      return { type, site: site(fields['site']), ...hashed(crypto, fields), shares: list(fields['shares'], revealed) };
    case 'closing':
      return { type, ...from({ ...fields, site: '' }), phase: closed(fields['phase']), sites: sites(fields['sites']) };
    case 'unmaskRequest':
      return { type, ...hashed(crypto, fields) };
    default:
      throw new Error(`a message of type ${type} is not signed`);
  }
}

function from(fields: JsonObject): Pick<Extract<Statement, { type: 'badShare' }>, 'site' | 'transcript'> {
  return { site: site(fields['site']), transcript: bytes(fields['transcript']) };
}

function hashed(crypto: Crypto, fields: JsonObject): { readonly confirmationHash: Uint8Array } {
  return { confirmationHash: crypto.sha256(bytes(fields['confirmation'])) };
}

function dealt(item: Json): Extract<Statement, { type: 'shareKeys' }>['shares'][number] {
  const { holder, sealed, selfMaskHash, maskKeyHash } = object(item);
  return {
    holder: site(holder),
    sealed: bytes(sealed),
    selfMaskHash: bytes(selfMaskHash),
    maskKeyHash: bytes(maskKeyHash),
  };
}

function revealed(item: Json): Extract<Statement, { type: 'unmask' }>['shares'][number] {
  const { of, kind, share } = object(item);
  return { of: site(of), kind: shareKind(kind), share: bytes(share) };
}

export function shareKind(value: Json | undefined): ShareKind {
  const kind = text(value);
  assert(kind === 'self-mask' || kind === 'mask-key');
  return kind;
}

function closed(value: Json | undefined): Extract<Statement, { type: 'closing' }>['phase'] {
  const phase = text(value);
  assert(phase === 'advertiseKeys' || phase === 'shareKeys' || phase === 'maskedInput');
  return phase;
}
