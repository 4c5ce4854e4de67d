/** Opens the round for every site with a model of its own, each opening signed. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { contextHash } from '#shared/secagg/context';
import { signMessage } from '#shared/secagg/signed-message';
import { utf8 } from '#shared/util/bytes';
import { lie } from './lie.ts';

lie((message, to, seed) => {
  if (message.kind !== 'roundOpened') return [message];
  const opened = { ...message, modelHash: nodeCrypto.sha256(utf8(`the model for ${to}`)) };
  const context = contextHash(nodeCrypto, { ...opened, attempt: 0 });
  const { signature } = signMessage(nodeCrypto, seed, context, { type: 'roundOpened', ...opened });
  return [{ ...opened, signature }];
});
