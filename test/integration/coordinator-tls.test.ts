import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import tls from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { askCoordinator } from '#coordinator/rpc/operator-client';
import { ReceiveWindows } from '#coordinator/rpc/flow-control';
import { idleWindow, uploadWindow } from '#coordinator/rpc/limits';
import { foundAuthority, openAuthority } from '#coordinator/identity/authority';
import { listen } from '#coordinator/rpc/listen';
import { decodeInvitation, encodeInviteRequest } from '#shared/wire/operator';
import { operatorService } from '#shared/wire/services';
import { enrolSite } from '../support/enrolled-site.ts';
import type { EnrolledSite } from '../support/enrolled-site.ts';
import { said, withCoordinator } from '../support/in-process-coordinator.ts';
import type { TestCoordinator } from '../support/in-process-coordinator.ts';
import { siteId } from '../support/secrets.ts';
import { SiteCalls } from '../support/site-calls.ts';

const north = siteId('north');

async function enrolled({ dir, running, authorityPem }: TestCoordinator): Promise<EnrolledSite> {
  const answer = await askCoordinator(dir, 'invite', encodeInviteRequest({ site: north, validMs: 3_600_000 }));
  const at = { enrolmentPort: running.ports.enrolment, authorityPem };
  return enrolSite(north, decodeInvitation(answer).token, at);
}

/** Fulfilled when the server has said its first bytes of HTTP/2, which it says to accepted peers only. */
async function handshake(options: tls.ConnectionOptions): Promise<string | null> {
  const socket = tls.connect({ host: 'localhost', ALPNProtocols: ['h2'], ...options });
  try {
    return await new Promise((resolve, reject) => {
      socket.once('data', () => {
        resolve(socket.getProtocol());
      });
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('closed'));
      });
    });
  } finally {
    socket.destroy();
  }
}

describe('the ports of the coordinator', () => {
  it('speak TLS 1.3 and refuse 1.2', async () => {
    await withCoordinator(async (coordinator) => {
      const { tlsKeyPem: key, certificatePem: cert, authorityPem: ca, port } = await enrolled(coordinator);
      const { enrolment } = coordinator.running.ports;
      assert.equal(await handshake({ port, ca, key, cert }), 'TLSv1.3');
      assert.equal(await handshake({ port: enrolment, ca }), 'TLSv1.3');
      const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
      await assert.rejects(handshake({ port, ca, key, cert, ...old }), /protocol version/i);
      await assert.rejects(handshake({ port: enrolment, ca, ...old }), /protocol version/i);
    });
  });

  it('refuse a peer without a certificate on the port for sites', async () => {
    await withCoordinator(async ({ running, authorityPem: ca }) => {
      await assert.rejects(handshake({ port: running.ports.main, ca }), /certificate required|closed|ECONNRESET/i);
    });
  });

  it('refuse a certificate of another authority', async () => {
    await withCoordinator(async (coordinator) => {
      const { authorityPem: ca, clock } = coordinator;
      const stranger = await openAuthority(await foundAuthority('Test', clock.now()));
      const { keyPem: key, certificatePem: cert } = await stranger.issueOperator(clock.now());
      await assert.rejects(
        handshake({ port: coordinator.running.ports.main, ca, key, cert }),
        /alert|closed|ECONNRESET/i,
      );
    });
  });

  it('give the calls of the operator to the operator alone [badCertificate]', async () => {
    await withCoordinator(async (coordinator) => {
      const { tlsKeyPem, certificatePem, authorityPem, port } = await enrolled(coordinator);
      const secure = credentials.createSsl(
        Buffer.from(authorityPem),
        Buffer.from(tlsKeyPem),
        Buffer.from(certificatePem),
      );
      const client = new Client(`localhost:${String(port)}`, secure);
      const { path, requestSerialize, responseDeserialize } = operatorService((bytes) => Buffer.from(bytes)).status;
      const answer = new Promise((resolve, reject) => {
        const done = (error: ServiceError | null): void => {
          if (error === null) resolve(undefined);
          else reject(error);
        };
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, new Uint8Array(0), done);
      });
      await assert.rejects(answer, said('badCertificate'));
      client.close();
    });
  });

  it('give the calls of sites to enrolled sites alone, with the key that they enrolled [badCertificate]', async () => {
    await withCoordinator(async (coordinator) => {
      const site = await enrolled(coordinator);
      const { keyPem, certificatePem } = coordinator.operator;
      const operator = new SiteCalls({ ...site, tlsKeyPem: keyPem, certificatePem });
      await assert.rejects(operator.getPlan(), said('badCertificate'));
      operator.close();
    });
  });

  it('answer bytes that are no message of this type with the reason [badFormat]', async () => {
    await withCoordinator(async (coordinator) => {
      const calls = new SiteCalls(await enrolled(coordinator));
      const ended = Promise.withResolvers<unknown>();
      const session = calls.session({ received: () => undefined, ended: ended.resolve });
      session.sendBytes(Uint8Array.of(0xff, 0xff));
      assert(said('badFormat')(await ended.promise));
      calls.close();
    });
  });

  it('give every peer a narrow window, and the one whose turn it is a wide one', async () => {
    const now = Math.floor(performance.timeOrigin + performance.now());
    const authority = await openAuthority(await foundAuthority('Test', now));
    const own = await authority.issueServer(['localhost'], now);
    const where = {
      host: '127.0.0.1',
      port: 0,
      own,
      authorityPem: authority.certificatePem,
      clientCertificates: false,
    };
    const { server, port } = await listen(where, []);
    const windows = new ReceiveWindows();
    windows.watch(server);
    const client = http2.connect(`https://localhost:${String(port)}`, { ca: authority.certificatePem });
    try {
      const windowsSeen: (number | undefined)[] = [];
      const untilWindow = async (bytes: number): Promise<void> => {
        while (windowsSeen.at(-1) !== bytes) await once(client, 'remoteSettings');
      };
      client.on('remoteSettings', (settings: http2.Settings) => windowsSeen.push(settings.initialWindowSize));
      await untilWindow(idleWindow);
      const peer = `${client.socket.localAddress ?? ''}:${String(client.socket.localPort)}`;
      await windows.widened(peer, uploadWindow, () => untilWindow(uploadWindow));
      await untilWindow(idleWindow);
    } finally {
      client.destroy();
      server.forceShutdown();
    }
  });
});
