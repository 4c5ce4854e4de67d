import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { readPairsCsv } from '#client/data/pairs-csv';
import { openAuthority } from '#coordinator/identity/authority';
import { readAuthority } from '#coordinator/identity/folder';
import { EnrolmentServiceService } from '../../shared/wire/generated/consilium/v1/enrolment_service.ts';
import { SiteServiceService } from '../../shared/wire/generated/consilium/v1/site_service.ts';
import { run, serve } from '../../scripts/start/programs.ts';
import { resultOf, TestConsortium } from '../support/consortium.ts';
import { fieldPaths } from '../support/field-paths.ts';
import { type RecordedMessage, type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts';
import { categories, visibleUp } from '../support/visible-fields.ts';

const root = join(import.meta.dirname, '..', '..');
const sites = ['north', 'south', 'west'] as const;

interface Method {
  readonly path: string;
  readonly requestSerialize: (value: never) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
}
const methods = new Map(
  Object.values<Method>({ ...EnrolmentServiceService, ...SiteServiceService }).map((method) => [method.path, method]),
);

/**
 * Everything that three sites said in two rounds, and when one of them came back without its model, and what must not be
 * in it. With `stream`, whose uploads are words of all values, so that their bytes can be compared.
 */
async function tappedRun(): Promise<{
  readonly up: readonly RecordedMessage[];
  readonly forbidden: readonly string[];
}> {
  const consortium = await TestConsortium.start();
  const proxies: RecordingProxy[] = [];
  try {
    const authority = await openAuthority(readAuthority(consortium.coordinatorDir));
    const own = await authority.issueServer(['localhost'], Date.now());
    const caPem = readFileSync(join(consortium.coordinatorDir, 'keys', 'authority.pem'), 'utf8');
    const server = { key: own.keyPem, cert: `${own.certificatePem}\n${caPem}` };
    const { port, enrolmentPort } = consortium.ports;
    const tap = async (upstreamPort: number, client?: { key: string; cert: string }): Promise<number> => {
      const proxy = await startRecordingProxy({ server, ca: caPem, upstreamPort, ...(client && { client }) });
      proxies.push(proxy);
      return proxy.port;
    };
    const enrolAt = `localhost:${await tap(enrolmentPort)}`;
    for (const site of sites) {
      const dir = consortium.siteDir(site);
      // The proxy runs in this process, so a command that goes through it must not block it.
      await run('consilium-site', ['enrol', '--coordinator', enrolAt, '--token', consortium.token(site), '--dir', dir]);
      const key = readFileSync(join(dir, 'keys', 'tls.pem'), 'utf8');
      const cert = readFileSync(join(dir, 'certificate.pem'), 'utf8');
      lead(dir, await tap(port, { key, cert }));
    }
    const file = join(consortium.dir, 'plan.yaml');
    const { plan } = resultOf('client', [
      'plan',
      'draft',
      ...['--out', file, '--rounds', '2', '--weight-cap', '128', '--encryption', 'stream', '--key-epoch-rounds', '1'],
    ]);
    resultOf('coordinator', ['plan', 'propose', file, '--dir', consortium.coordinatorDir]);
    for (const site of sites) {
      await run('consilium-site', ['plan', 'approve', String(plan), '--dir', consortium.siteDir(site)]);
    }
    const forbidden: string[] = [];
    const agent = (site: string, csv: string): readonly string[] => [
      ...['run', '--dir', consortium.siteDir(site), '--data', csv, '--seed', '1'],
    ];
    const ended = sites.map(async (site, i) => {
      const csv = await writePhantom(join(consortium.dir, `data-${site}`), {
        phantom: radiographPhantom,
        seed: i + 1,
        sites: [site],
        trainPairs: 32,
        testPairs: 8,
      });
      const rows = await readPairsCsv(csv);
      forbidden.push(...rows.flatMap(({ report, patientId, id }) => [report, patientId, id]));
      await run('consilium-site', [...agent(site, csv), '--until-done']);
      return csv;
    });
    const [north = '', , west = ''] = await Promise.all(ended);
    const helper = serve('consilium-site', agent('north', north), join(consortium.dir, 'north.log'), () => undefined);
    rmSync(join(consortium.siteDir('west'), 'models'), { recursive: true });
    await run('consilium-site', [...agent('west', west), '--until-done']);
    await helper.stop();
    const up = proxies.flatMap(({ messages }) => messages.filter(({ direction }) => direction === 'up'));
    return { up, forbidden: [...new Set(forbidden)] };
  } finally {
    for (const proxy of proxies) await proxy.close();
    await consortium.stop();
  }
}

/** From now on the site finds the coordinator at this port. */
function lead(dir: string, port: number): void {
  const path = join(dir, 'site.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { coordinator: { port: number } };
  config.coordinator.port = port;
  writeFileSync(path, JSON.stringify(config));
}

describe('what leaves a hospital, read off the wire in clear', () => {
  let up: readonly RecordedMessage[] = [];
  let forbidden: readonly string[] = [];
  before(async function () {
    this.timeout(240_000);
    ({ up, forbidden } = await tappedRun());
  });

  it('is made of the messages and fields of section 9 of the secure sum and of nothing else', () => {
    const seen = new Map<string, Set<string>>();
    for (const { path, bytes } of up) {
      const method = methods.get(path);
      assert.ok(method, `an unknown call: ${path}`);
      const allowed = visibleUp[path];
      assert.ok(allowed, `a call that section 9 does not know: ${path}`);
      const message = method.requestDeserialize(Buffer.from(bytes));
      assert.deepEqual(
        Buffer.from(method.requestSerialize(message as never)),
        Buffer.from(bytes),
        `${path}: hidden bytes`,
      );
      const paths = fieldPaths(message);
      const unknown = paths.filter((field) => !(field in allowed));
      assert.deepEqual(unknown, [], `${path}: fields that section 9 does not know`);
      for (const field of paths) seen.set(path, (seen.get(path) ?? new Set()).add(field));
    }
    const session = [...(seen.get('/consilium.v1.SiteService/Session') ?? [])].map((field) => field.split('.')[1]);
    const said = [
      'advertisement',
      'confirmation',
      'holding',
      'keyBox',
      'keyRecord',
      'keyShares',
      'modelSignature',
      'ready',
      'unmaskAnswer',
      'uploadCommitment',
    ];
    assert.deepEqual([...new Set(session)].sort(), said, 'the tap saw whole rounds');
    assert.ok(seen.get('/consilium.v1.SiteService/Upload')?.has('part.chunk.data'), 'the tap saw uploads');
    assert.ok(seen.has('/consilium.v1.EnrolmentService/Enrol'), 'the tap saw enrolments');
    assert.ok(seen.get('/consilium.v1.SiteService/UploadSnapshot')?.has('part.chunk.data'), 'the tap saw a snapshot');
    assert.ok(seen.has('/consilium.v1.SiteService/FetchSnapshot'), 'the tap saw it fetched');
  });

  it('says of every field what section 9 calls it', () => {
    const text = readFileSync(join(root, 'proto', 'spec', 'secure-sum.md'), 'utf8');
    const section = /## 9\.[\s\S]*?(?=\n## 10\.)/.exec(text)?.[0] ?? '';
    const clear = section.slice(0, section.indexOf('To nobody'));
    for (const category of categories) assert.ok(clear.includes(category), `section 9 does not say: ${category}`);
  });

  it('holds no report, no patient and no name of a row', () => {
    assert.ok(forbidden.length > 90);
    const everything = Buffer.concat(up.map(({ bytes }) => bytes));
    const found = forbidden.filter((text) => everything.includes(Buffer.from(text)));
    assert.deepEqual(found, []);
  });

  it('is a vector of which two uploads of one round have nothing in common', () => {
    const chunks = up
      .filter(({ path }) => path.endsWith('/Upload'))
      .map(({ bytes }) => SiteServiceService.upload.requestDeserialize(Buffer.from(bytes)).part)
      .flatMap((part) => (part?.$case === 'chunk' && part.value.index === 0 ? [part.value.data] : []));
    assert.equal(chunks.length, 6, 'three sites in two rounds');
    for (const [i, a] of chunks.entries()) {
      for (const b of chunks.slice(i + 1)) {
        const equal = a.filter((byte, at) => byte === b[at]).length;
        assert.ok(Math.abs(equal / a.length - 1 / 256) < 0.001, `uploads agree in ${equal} of ${a.length} bytes`);
      }
    }
  });
});
