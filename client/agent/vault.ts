/**
 * Secrets of one round, kept apart from its journal and sealed under a key that is destroyed when the round is over:
 * then nobody reads them again, whatever a backup or the disk still holds. AES-256-GCM with a random nonce; the name
 * of a record is authenticated with it.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { TransportError } from '#shared/errors';
import { Secret } from '#shared/util/secret';
import { destroyFile, isThere, readPrivate, writeWhole } from './disk.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** What sealing adds. */
export const sealingBytes = nonceBytes + tagBytes;

/** The vault of one round's folder. */
export class Vault {
  readonly #folder: string;
  readonly #key: Secret;

  private constructor(folder: string, key: Secret) {
    this.#folder = folder;
    this.#key = key;
  }

  /** The vault of a folder, its key made if there is none. */
  static open(folder: string): Vault {
    const path = keyPath(folder);
    const found = readPrivate(path);
    if (found !== undefined) return new Vault(folder, new Secret(found));
    const key = randomBytes(32);
    writeWhole(path, key);
    return new Vault(folder, new Secret(key));
  }

  /** The vault of a folder that was made before. @throws TransportError (journalDamaged) if it is destroyed. */
  static existing(folder: string): Vault {
    if (!Vault.exists(folder)) throw damaged(keyPath(folder));
    return Vault.open(folder);
  }

  /** Whether the folder's vault has not been destroyed. */
  static exists(folder: string): boolean {
    return isThere(keyPath(folder));
  }

  /** Seals and stores a secret under a name. */
  put(name: string, secret: Uint8Array): void {
    writeWhole(this.#path(name), this.seal(name, secret));
  }

  /** A secret under a name as `sealingBytes` more, for whoever stores it elsewhere. */
  seal(name: string, secret: Uint8Array): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key.expose(), nonce).setAAD(Buffer.from(name));
    return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  }

  /** The secret of this name. MUST NOT leave this site. @throws TransportError (journalDamaged) if it is missing or changed. */
  get(name: string): Uint8Array {
    return this.unseal(name, readPrivate(this.#path(name)) ?? new Uint8Array());
  }

  /** The secret of `seal`. MUST NOT leave this site. @throws TransportError (journalDamaged) if it was changed. */
  unseal(name: string, sealed: Uint8Array): Uint8Array {
    if (sealed.length < sealingBytes) throw damaged(this.#path(name));
    const decipher = createDecipheriv(algorithm, this.#key.expose(), sealed.subarray(0, nonceBytes))
      .setAAD(Buffer.from(name))
      .setAuthTag(sealed.subarray(-tagBytes));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    } catch {
      throw damaged(this.#path(name));
    }
  }

  /** Destroys the key, and with it everything sealed under it. */
  destroy(): void {
    this.#key.erase();
    destroyFile(keyPath(this.#folder));
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.sealed`);
  }
}

function keyPath(folder: string): string {
  return join(folder, 'vault.key');
}

function damaged(path: string): TransportError {
  return new TransportError(
    'journalDamaged',
    `${path} is missing or damaged: move the round's folder away and sit it out`,
  );
}
