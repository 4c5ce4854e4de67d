/**
 * The keys of a site: identity (Ed25519) signs every message, sealing (X25519) receives what others seal to it, TLS
 * carries the connection. Files of mode 0600 in a folder of mode 0700; wider ones are refused.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { UsageError } from '#shared/errors';
import { Secret } from '#shared/util/secret';
import { isThere, makePrivateFolder, readPrivate, refuseOthers, writeWhole } from './disk.ts';

/** A site's keys; the private ones never print. */
export interface SiteKeys {
  /** Ed25519 seed. */
  readonly identitySeed: Secret;
  readonly identityKey: Uint8Array;
  /** X25519 private key. */
  readonly sealingPrivateKey: Secret;
  readonly sealingKey: Uint8Array;
  /** PKCS #8, PEM. */
  readonly tlsKeyPem: Secret;
}

/** Makes and stores the keys of a site that has none. `tlsKeyPem` is made by whoever asks for the certificate. */
export function createKeys(dir: string, crypto: Crypto, tlsKeyPem: string): SiteKeys {
  const folder = join(dir, 'keys');
  makePrivateFolder(folder);
  writeWhole(join(folder, 'identity.key'), randomBytes(32));
  writeWhole(join(folder, 'sealing.key'), randomBytes(32));
  writeWhole(join(folder, 'tls.pem'), tlsKeyPem);
  return openKeys(dir, crypto);
}

/** The keys of an enrolled site. @throws UsageError (notFound) if one is missing, (badConfig) if others may read one. */
export function openKeys(dir: string, crypto: Crypto): SiteKeys {
  const folder = join(dir, 'keys');
  if (!isThere(folder)) throw new UsageError('notFound', `${dir} holds no keys of a site: enrol first`);
  refuseOthers(folder);
  const identitySeed = key(folder, 'identity.key');
  const sealingPrivateKey = key(folder, 'sealing.key');
  return {
    identitySeed: new Secret(identitySeed),
    identityKey: crypto.ed25519PublicKey(identitySeed),
    sealingPrivateKey: new Secret(sealingPrivateKey),
    sealingKey: crypto.x25519PublicKey(sealingPrivateKey),
    tlsKeyPem: new Secret(stored(folder, 'tls.pem')),
  };
}

function key(folder: string, name: string): Uint8Array {
  const bytes = stored(folder, name);
  if (bytes.length === 32) return Uint8Array.from(bytes);
  throw new UsageError('badConfig', `${join(folder, name)} is no key: expected 32 bytes, got ${bytes.length}`);
}

function stored(folder: string, name: string): Uint8Array {
  const bytes = readPrivate(join(folder, name));
  if (bytes !== undefined) return bytes;
  throw new UsageError('notFound', `${join(folder, name)} is missing: restore it from a backup, or enrol anew`);
}
