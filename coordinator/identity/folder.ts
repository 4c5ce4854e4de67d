/**
 * The coordinator's folder: `coordinator.yaml`, `keys/` (private keys for their owner only), the database, uploads and
 * aggregates. `init` makes it whole or not at all.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { UsageError } from '#shared/errors';
import { fromHex, toHex } from '#shared/util/bytes';
import { diskError } from '../store/disk-error.ts';
import { formatSettings, parseSettings } from '../store/settings.ts';
import type { Settings } from '../store/settings.ts';
import { foundAuthority, openAuthority } from './authority.ts';
import type { KeyAndCertificate } from './authority.ts';

/** Where things lie in a coordinator's folder. */
export function folderPaths(dir: string) {
  const at = (...names: readonly string[]): string => join(resolve(dir), ...names);
  return {
    settings: at('coordinator.yaml'),
    database: at('coordinator.sqlite'),
    uploads: at('uploads'),
    aggregates: at('aggregates'),
    snapshots: at('snapshots'),
    /** Says where the running coordinator listens. */
    running: at('running.json'),
    authorityKey: at('keys', 'authority.key.pem'),
    authority: at('keys', 'authority.pem'),
    operatorKey: at('keys', 'operator.key.pem'),
    operator: at('keys', 'operator.pem'),
    identitySeed: at('keys', 'identity.key'),
  } as const;
}

/** Makes a folder for a new consortium. @throws UsageError (notEmpty); TransportError (diskFull, unavailable). */
export async function foundFolder(dir: string, settings: Settings, nowMs: number): Promise<void> {
  const target = resolve(dir);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new UsageError('notEmpty', `${target}: is not empty; name a new folder, so that no keys are lost`);
  }
  const authority = await foundAuthority(settings.name, nowMs);
  const operator = await (await openAuthority(authority)).issueOperator(nowMs);
  const making = `${target}.part-${toHex(randomBytes(4))}`;
  try {
    writeFolder(making, settings, authority, operator);
    renameSync(making, target);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    throw diskError(error, target);
  }
}

function writeFolder(dir: string, settings: Settings, authority: KeyAndCertificate, operator: KeyAndCertificate): void {
  const paths = folderPaths(dir);
  mkdirSync(join(dir, 'keys'), { recursive: true, mode: 0o700 });
  const secret = { mode: 0o600, flush: true };
  writeFileSync(paths.settings, formatSettings(settings));
  writeFileSync(paths.authorityKey, authority.keyPem, secret);
  writeFileSync(paths.authority, authority.certificatePem);
  writeFileSync(paths.operatorKey, operator.keyPem, secret);
  writeFileSync(paths.operator, operator.certificatePem);
  writeFileSync(paths.identitySeed, `${toHex(randomBytes(32))}\n`, secret);
}

/** The settings of a folder. @throws UsageError (noSuchFile, badConfig). */
export function readSettings(dir: string): Settings {
  const path = folderPaths(dir).settings;
  return parseSettings(readText(path), path);
}

/** The authority's key and certificate. MUST NOT be logged. @throws UsageError (noSuchFile). */
export function readAuthority(dir: string): KeyAndCertificate {
  const paths = folderPaths(dir);
  return { keyPem: readText(paths.authorityKey), certificatePem: readText(paths.authority) };
}

/** The operator's key and certificate, and the authority's. @throws UsageError (noSuchFile). */
export function readOperator(dir: string): KeyAndCertificate & { readonly authorityPem: string } {
  const paths = folderPaths(dir);
  return {
    keyPem: readText(paths.operatorKey),
    certificatePem: readText(paths.operator),
    authorityPem: readText(paths.authority),
  };
}

/** The coordinator's Ed25519 seed. MUST NOT be logged. @throws UsageError (noSuchFile, badConfig). */
export function readIdentitySeed(dir: string): Uint8Array {
  const path = folderPaths(dir).identitySeed;
  const seed = fromHex(readText(path).trim());
  if (seed?.length === 32) return seed;
  throw new UsageError('badConfig', `${path}: expected 64 hex digits; restore the file from a backup`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError('noSuchFile', `${path}: cannot be read; make the folder with consilium-coordinator init`, {
      cause,
    });
  }
}
