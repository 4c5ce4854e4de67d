import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { enrol } from '#client/agent/enrol';
import { openKeys } from '#client/agent/key-store';
import { openAuthority } from '#coordinator/identity/authority';
import { readAuthority } from '#coordinator/identity/folder';
import { toBuffer, unary } from '#coordinator/rpc/calls';
import { listen } from '#coordinator/rpc/listen';
import { askCoordinator } from '#coordinator/rpc/operator-client';
import { nodeCrypto } from '#shared/crypto/node';
import { TransportError } from '#shared/errors';
import { decodeEnrolRequest, encodeEnrolResponse } from '#shared/wire/enrolment';
import { decodeInvitation, decodeSites, encodeInviteRequest } from '#shared/wire/operator';
import { enrolmentService } from '#shared/wire/services';
import { askToEnrol } from '../support/enrolled-site.ts';
import { withCoordinator, type TestCoordinator } from '../support/in-process-coordinator.ts';
import { siteId } from '../support/secrets.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

const north = siteId('north');

async function invite({ dir }: TestCoordinator): Promise<string> {
  const answer = await askCoordinator(dir, 'invite', encodeInviteRequest({ site: north, validMs: 3_600_000 }));
  return decodeInvitation(answer).token;
}

/** Hands requests on to the coordinator and loses its first answer on the way back. */
async function withLossyRoad(
  coordinator: TestCoordinator,
  use: (port: number, asked: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  const { dir, clock, authorityPem, running } = coordinator;
  const authority = await openAuthority(readAuthority(dir));
  const asked: Uint8Array[] = [];
  const handler = unary(
    () => undefined,
    async (request) => {
      asked.push(request);
      const answer = await askToEnrol(running.ports.enrolment, authorityPem, decodeEnrolRequest(request));
      if (asked.length === 1) throw new TransportError('unavailable', 'the line was cut');
      return encodeEnrolResponse(answer);
    },
  );
  const own = await authority.issueServer(['localhost'], clock.now());
  const { server, port } = await listen({ host: '127.0.0.1', port: 0, own, authorityPem, clientCertificates: false }, [
    { definition: enrolmentService(toBuffer), handlers: { enrol: handler } },
  ]);
  try {
    await use(port, asked);
  } finally {
    server.forceShutdown();
  }
}

describe('an enrolment whose answer was lost', () => {
  it('is taken up again by the same command: same keys, same request, nothing left beside the folder', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      await withLossyRoad(coordinator, async (port, asked) => {
        await inTemporaryFolder(async (parent) => {
          const dir = join(parent, 'north');
          const again = () => enrol({ host: 'localhost', port, token, dir }, nodeCrypto);
          await assert.rejects(again, /the keys are kept: the same command asks again/);
          assert.equal(readdirSync(parent).length, 1);
          assert.equal((await again()).site, 'north');
          assert.deepEqual(readdirSync(parent), ['north']);
          assert.deepEqual(readdirSync(dir).sort(), ['ca.pem', 'certificate.pem', 'keys', 'site.json']);
          assert.deepEqual(asked[0], asked[1]);
          const sites = decodeSites(await askCoordinator(coordinator.dir, 'sites'));
          assert.deepEqual(
            sites.map(({ identityKey }) => identityKey),
            [openKeys(dir, nodeCrypto).identityKey],
          );
        });
      });
    });
  });

  it('leaves nothing behind when the coordinator refuses', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      const { enrolment: port } = coordinator.running.ports;
      await inTemporaryFolder(async (parent) => {
        await enrol({ host: 'localhost', port, token, dir: join(parent, 'first') }, nodeCrypto);
        const second = enrol({ host: 'localhost', port, token, dir: join(parent, 'second') }, nodeCrypto);
        await assert.rejects(second, { code: 'tokenUsed' });
        assert.deepEqual(readdirSync(parent), ['first']);
      });
    });
  });
});
