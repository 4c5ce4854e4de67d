/** A fresh data key. @module */
import { randomBytes } from 'node:crypto';
import { UsageError } from '#shared/errors';
import { Secret } from '#shared/util/secret';

/** A key of this encryption, drawn here. @throws UsageError (unsupported) for one that this version does not have. */
export async function newDataKey(encryption: 'stream' | 'bgv'): Promise<Secret> {
  if (encryption === 'stream') return Promise.resolve(new Secret(Uint8Array.from(randomBytes(32))));
  throw new UsageError('unsupported', `no data key of ${encryption} can be made yet: say stream`);
}
