/**
 * The roster: all enrolled sites with their keys. Its bytes are canonical JSON with keys in hex; its hash is what a
 * person compares as twelve words.
 *
 * @module
 */
import * as v from 'valibot';
import { canonicalJson, parseCanonicalJson } from '../codec/canonical-json.ts';
import type { Crypto } from '../crypto/types.ts';
import { DecodeError } from '../errors.ts';
import { equalBytes, fromHex, toHex } from '../util/bytes.ts';
import { bySiteId, toSiteId } from '../util/ids.ts';
import type { Roster } from './types.ts';

const key = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/),
  v.transform((hex) => fromHex(hex) ?? new Uint8Array()),
);
const site = v.pipe(
  v.string(),
  v.transform(toSiteId),
  v.nonOptional(v.custom<NonNullable<ReturnType<typeof toSiteId>>>((id) => id !== undefined)),
);
const quorum = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const rosterSchema = v.strictObject({
  consortium: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  coordinatorKey: key,
  sites: v.array(v.strictObject({ site, identityKey: key, sealingKey: key, tlsKeyHash: key })),
  approvalQuorum: quorum,
  membershipQuorum: quorum,
});

/** Canonical bytes; the sites in the order of their ids, whatever order they are given in. */
export function rosterBytes(roster: Roster): Uint8Array {
  return canonicalJson({
    consortium: roster.consortium,
    coordinatorKey: toHex(roster.coordinatorKey),
    sites: roster.sites
      .toSorted((a, b) => bySiteId(a.site, b.site))
      .map(({ site, identityKey, sealingKey, tlsKeyHash }) => ({
        site,
        identityKey: toHex(identityKey),
        sealingKey: toHex(sealingKey),
        tlsKeyHash: toHex(tlsKeyHash),
      })),
    approvalQuorum: roster.approvalQuorum,
    membershipQuorum: roster.membershipQuorum,
  });
}

/** SHA-256 of the roster's canonical bytes. */
export function rosterHash(crypto: Crypto, roster: Roster): Uint8Array {
  return crypto.sha256(rosterBytes(roster));
}

/**
 * The roster of canonical bytes.
 *
 * @throws DecodeError (badFormat) if the shape is another, (nonCanonical) for another spelling or order, (duplicateSite)
 * or (duplicateKey) if an id or a key stands there twice.
 */
export function rosterFromBytes(bytes: Uint8Array): Roster {
  const read = v.safeParse(rosterSchema, parseCanonicalJson(bytes));
  if (!read.success) {
    const [issue] = read.issues;
    throw new DecodeError('badFormat', `roster: ${v.getDotPath(issue) ?? 'the whole'}: not what a roster holds there`);
  }
  const roster = read.output;
  refuseTwice(
    'duplicateSite',
    roster.sites.map((entry) => entry.site),
  );
  const keys = roster.sites.flatMap((entry) => [entry.identityKey, entry.sealingKey, entry.tlsKeyHash]);
  refuseTwice('duplicateKey', [roster.coordinatorKey, ...keys].map(toHex));
  if (!equalBytes(rosterBytes(roster), bytes))
    throw new DecodeError('nonCanonical', 'roster: the sites are not in the order of their ids');
  return roster;
}

function refuseTwice(code: 'duplicateSite' | 'duplicateKey', values: readonly string[]): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new DecodeError(code, `roster: ${twice} stands there twice`);
}
