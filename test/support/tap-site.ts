/** A recording proxy between one enrolled site and its coordinator. @module */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAuthority } from '#coordinator/identity/authority';
import { folderPaths, readAuthority } from '#coordinator/identity/folder';
import { startRecordingProxy } from './recording-proxy.ts';
import type { RecordingProxy } from './recording-proxy.ts';

/** From now on the site of a folder finds the coordinator behind the proxy, which has the keys of both. */
export async function tapSite(coordinatorDir: string, upstreamPort: number, siteDir: string): Promise<RecordingProxy> {
  const authority = await openAuthority(readAuthority(coordinatorDir));
  const own = await authority.issueServer(['localhost'], Math.floor(performance.timeOrigin + performance.now()));
  const ca = readFileSync(folderPaths(coordinatorDir).authority, 'utf8');
  const proxy = await startRecordingProxy({
    server: { key: own.keyPem, cert: `${own.certificatePem}\n${ca}` },
    client: {
      key: readFileSync(join(siteDir, 'keys', 'tls.pem'), 'utf8'),
      cert: readFileSync(join(siteDir, 'certificate.pem'), 'utf8'),
    },
    ca,
    upstreamPort,
  });
  const path = join(siteDir, 'site.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { coordinator: { host: string; port: number } };
  config.coordinator = { ...config.coordinator, host: 'localhost', port: proxy.port };
  writeFileSync(path, JSON.stringify(config));
  return proxy;
}
