/** Tells every site another mask key of another site in phase 0, and closes the phase over it. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { signMessage } from '#shared/secagg/signed-message';
import { transcriptHash } from '#shared/secagg/transcript';
import { lie } from './lie.ts';

/** A key whose private half the coordinator has. */
const ownKey = nodeCrypto.x25519PublicKey(new Uint8Array(32).fill(7));

lie((message, to, seed) => {
  if (message.kind !== 'advertisements') return [message];
  const victim = message.advertisements.find(({ site }) => site !== to);
  const advertisements = message.advertisements.map((entry) =>
    entry === victim ? { ...entry, maskPublicKey: ownKey } : entry,
  );
  const { context } = message.closing;
  const closing = { ...message.closing, transcript: transcriptHash(nodeCrypto, context, advertisements) };
  const signature = signMessage(nodeCrypto, seed, context, { type: 'closing', ...closing });
  return [{ ...message, advertisements, closing: { ...closing, ...signature } }];
});
