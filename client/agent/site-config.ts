/** What a site knows of itself and its consortium since it was enrolled: `site.json` and its certificates. @module */
import { join } from 'node:path';
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import { fromHex, toHex } from '#shared/util/bytes';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import { readPrivate, writeWhole } from './disk.ts';

/** Written once, at enrolment. Certificates are PEM. */
export interface SiteConfig {
  readonly site: SiteId;
  readonly consortium: string;
  readonly host: string;
  readonly port: number;
  /** Ed25519, as the coordinator gave it over the verified first connection; every roster must name it. */
  readonly coordinatorKey: Uint8Array;
  readonly certificatePem: string;
  readonly caCertificatePem: string;
}

const schema = v.strictObject({
  site: v.string(),
  consortium: v.string(),
  coordinator: v.strictObject({ host: v.string(), port: v.number(), key: v.string() }),
});

/** Stores the configuration of a new site. */
export function writeSiteConfig(dir: string, config: SiteConfig): void {
  const { site, consortium, host, port, coordinatorKey, certificatePem, caCertificatePem } = config;
  writeWhole(join(dir, 'certificate.pem'), certificatePem);
  writeWhole(join(dir, 'ca.pem'), caCertificatePem);
  const stored = { site, consortium, coordinator: { host, port, key: toHex(coordinatorKey) } };
  writeWhole(join(dir, 'site.json'), `${JSON.stringify(stored, null, 2)}\n`);
}

/** The configuration of an enrolled site. @throws UsageError (notFound) if there is none, (badConfig) if it was damaged. */
export function readSiteConfig(dir: string): SiteConfig {
  const read = v.safeParse(schema, parse(dir, text(dir, 'site.json')));
  const site = read.success ? toSiteId(read.output.site) : undefined;
  const coordinatorKey = read.success ? fromHex(read.output.coordinator.key) : undefined;
  if (!read.success || site === undefined || coordinatorKey?.length !== 32) throw damaged(dir);
  const { consortium, coordinator } = read.output;
  return {
    site,
    consortium,
    host: coordinator.host,
    port: coordinator.port,
    coordinatorKey,
    certificatePem: text(dir, 'certificate.pem'),
    caCertificatePem: text(dir, 'ca.pem'),
  };
}

function text(dir: string, name: string): string {
  const bytes = readPrivate(join(dir, name));
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new UsageError(
    'notFound',
    `${join(dir, name)} is missing: give the folder of an enrolled site, or enrol first`,
  );
}

function parse(dir: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(dir);
  }
}

function damaged(dir: string): UsageError {
  return new UsageError('badConfig', `${join(dir, 'site.json')} is damaged: restore it from a backup, or enrol anew`);
}
