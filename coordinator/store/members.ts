/** Who is enrolled, and the tokens with which one comes in: single use, with an expiry, kept as hashes. */
import { ProtocolError, UsageError } from '#shared/errors';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import * as column from './columns.ts';
import type { Database, Row } from './database.ts';

/** A site with its certificate, DER. */
export interface Member {
  readonly site: SiteId;
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  /** SHA-256 of the SubjectPublicKeyInfo of its TLS certificate. */
  readonly tlsKeyHash: Uint8Array;
  readonly certificate: Uint8Array;
  readonly enrolledAtMs: number;
  readonly expiresAtMs: number;
}
/** A token as it is shown: which one, for whom, by which request, when. */
export interface TokenUse {
  readonly secretHash: Uint8Array;
  readonly site: SiteId;
  /** SHA-256 of the whole enrolment request. */
  readonly requestHash: Uint8Array;
  readonly nowMs: number;
}
export interface MemberStore {
  /** By id. */
  all(): readonly Member[];
  find(site: SiteId): Member | undefined;
  /** @throws UsageError (duplicateSite) if the site is enrolled already. */
  addToken(secretHash: Uint8Array, site: SiteId, expiresAtMs: number): void;
  /**
   * The member that this very request has enrolled already, for an answer that was lost; else `undefined`: go on.
   *
   * @throws ProtocolError (tokenUnknown, tokenUsed, tokenExpired).
   */
  checkToken(use: TokenUse): Member | undefined;
  /** Uses the token up and adds the member, both or neither. @throws ProtocolError as `checkToken`, (duplicateSite, duplicateKey). */
  enrol(use: TokenUse, member: Member): void;
}

/** The members of a database. */
export function memberStore(db: Database): MemberStore {
  const find = (site: SiteId): Member | undefined => {
    const row = db.first('SELECT * FROM site WHERE site = ?', site);
    return row === undefined ? undefined : member(row);
  };
  const checkToken = (use: TokenUse): Member | undefined => {
    const row = db.first('SELECT * FROM token WHERE secret_hash = ?', use.secretHash);
    if (row === undefined || column.site(row, 'site') !== use.site) throw tokenUnknown(use.site);
    const usedBy = column.orNull(row, 'request_hash', column.blob);
    if (usedBy !== null && !equalBytes(usedBy, use.requestHash)) throw tokenUsed(use.site);
    if (usedBy !== null) return find(use.site);
    if (column.integer(row, 'expires_at_ms') <= use.nowMs) throw tokenExpired(use.site);
    return undefined;
  };
  return {
    all: () => db.all('SELECT * FROM site ORDER BY site').map(member),
    find,
    addToken(secretHash, site, expiresAtMs) {
      if (find(site) !== undefined)
        throw new UsageError('duplicateSite', `${site} is enrolled already: choose another id`);
      db.run('INSERT INTO token (secret_hash, site, expires_at_ms) VALUES (?, ?, ?)', secretHash, site, expiresAtMs);
    },
    checkToken,
    enrol(use, added) {
      db.transaction(() => {
        if (checkToken(use) !== undefined) return;
        refuseTwice(db, added);
        db.run('UPDATE token SET request_hash = ? WHERE secret_hash = ?', use.requestHash, use.secretHash);
        insert(db, added);
      });
    },
  };
}

function member(row: Row): Member {
  return {
    site: column.site(row, 'site'),
    identityKey: column.blob(row, 'identity_key'),
    sealingKey: column.blob(row, 'sealing_key'),
    tlsKeyHash: column.blob(row, 'tls_key_hash'),
    certificate: column.blob(row, 'certificate'),
    enrolledAtMs: column.integer(row, 'enrolled_at_ms'),
    expiresAtMs: column.integer(row, 'expires_at_ms'),
  };
}

function refuseTwice(db: Database, { site, identityKey, sealingKey, tlsKeyHash }: Member): void {
  if (db.first('SELECT 1 FROM site WHERE site = ?', site) !== undefined) {
    throw new ProtocolError('duplicateSite', `${site} is enrolled already: ask for an invitation under another id`);
  }
  const keys = [identityKey, sealingKey, tlsKeyHash];
  if (
    db.first('SELECT 1 FROM site WHERE identity_key = ? OR sealing_key = ? OR tls_key_hash = ?', ...keys) !== undefined
  ) {
    throw new ProtocolError('duplicateKey', `${site}: a key of the request is another site's; make keys of your own`);
  }
}

function insert(db: Database, added: Member): void {
  db.run(
    `INSERT INTO site (site, identity_key, sealing_key, tls_key_hash, certificate, enrolled_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    added.site,
    added.identityKey,
    added.sealingKey,
    added.tlsKeyHash,
    added.certificate,
    added.enrolledAtMs,
    added.expiresAtMs,
  );
}

function tokenUnknown(site: SiteId): ProtocolError {
  return new ProtocolError(
    'tokenUnknown',
    `${site}: this coordinator gave no such token for this site; ask for a new one`,
  );
}

function tokenUsed(site: SiteId): ProtocolError {
  return new ProtocolError('tokenUsed', `${site}: the token was used already; a token enrols once, ask for a new one`);
}

function tokenExpired(site: SiteId): ProtocolError {
  return new ProtocolError('tokenExpired', `${site}: the token has expired; ask the coordinator for a new one`);
}
