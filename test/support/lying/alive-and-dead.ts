/** Lists every site as alive and as dead in phase 4: in one request, then in a second one. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { confirmationBytes } from '#shared/secagg/context';
import { signMessage } from '#shared/secagg/signed-message';
import type { UnmaskRequest } from '#shared/secagg/types';
import { lie } from './lie.ts';

let transcript = new Uint8Array();

/** The request over another U2 or U3, with the coordinator's signature and the confirmations of the true one. */
function signed(request: UnmaskRequest, change: Partial<UnmaskRequest>, seed: Uint8Array): UnmaskRequest {
  const { context, u2, commitments } = { ...request, ...change };
  const commitmentsBySite = new Map(commitments.map(({ site, commitment }) => [site, commitment]));
  const confirmationHash = nodeCrypto.sha256(confirmationBytes(transcript, u2, commitmentsBySite));
  const signature = signMessage(nodeCrypto, seed, context, { type: 'unmaskRequest', confirmationHash });
  return { ...request, ...change, confirmationHash, ...signature };
}

lie((message, to, seed) => {
  if (message.kind === 'confirmRequest') transcript = new Uint8Array(message.closing.transcript);
  if (message.kind !== 'unmaskRequest') return [message];
  const { u2, commitments } = message;
  return [
    signed(message, { u2: [...u2, ...u2] }, seed),
    signed(message, { commitments: commitments.filter(({ site }) => site === to) }, seed),
  ];
});
