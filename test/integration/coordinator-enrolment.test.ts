import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import tls from 'node:tls';
import { askCoordinator } from '#coordinator/rpc/operator-client';
import { equalBytes } from '#shared/util/bytes';
import { parseToken } from '#shared/wire/enrolment';
import { decodeInvitation, encodeInviteRequest } from '#shared/wire/operator';
import { askToEnrol, enrolRequest, enrolSite, siteSecrets } from '../support/enrolled-site.ts';
import { said, withCoordinator } from '../support/in-process-coordinator.ts';
import type { TestCoordinator } from '../support/in-process-coordinator.ts';
import { siteId } from '../support/secrets.ts';
import { SiteCalls } from '../support/site-calls.ts';

const north = siteId('north');
const hourMs = 3_600_000;

async function invite({ dir }: TestCoordinator, site = north): Promise<string> {
  const answer = await askCoordinator(dir, 'invite', encodeInviteRequest({ site, validMs: hourMs }));
  return decodeInvitation(answer).token;
}

function at({ running, authorityPem }: TestCoordinator) {
  return { enrolmentPort: running.ports.enrolment, authorityPem };
}

/** Fingerprints of the certificates that a server shows before anything is sent. */
async function shownFingerprints(port: number): Promise<readonly Uint8Array[]> {
  const socket = tls.connect({ host: 'localhost', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject);
  });
  const shown: Uint8Array[] = [];
  let certificate = socket.getPeerCertificate(true);
  for (let i = 0; i < 4; i++) {
    shown.push(createHash('sha256').update(certificate.raw).digest());
    if (certificate.issuerCertificate.fingerprint256 === certificate.fingerprint256) break;
    certificate = certificate.issuerCertificate;
  }
  socket.destroy();
  return shown;
}

describe('enrolment', () => {
  it('gives a site a certificate that names it and opens the main port', async () => {
    await withCoordinator(async (coordinator) => {
      const site = await enrolSite(north, await invite(coordinator), at(coordinator));
      const certificate = new X509Certificate(site.certificatePem);
      assert.deepEqual(certificate.subject.split('\n'), ['CN=north', 'OU=site', 'O=Test']);
      assert(certificate.verify(new X509Certificate(coordinator.authorityPem).publicKey));
      const calls = new SiteCalls(site);
      assert.equal(await calls.getPlan(), null);
      calls.close();
    });
  });

  it('shows the authority whose fingerprint the token carries, and another consortium shows another', async () => {
    await withCoordinator(async (ours) => {
      await withCoordinator(async (theirs) => {
        const { caFingerprint } = parseToken(await invite(ours));
        const shown = await shownFingerprints(ours.running.ports.enrolment);
        const shownByOthers = await shownFingerprints(theirs.running.ports.enrolment);
        assert(shown.some((fingerprint) => equalBytes(fingerprint, caFingerprint)));
        assert(!shownByOthers.some((fingerprint) => equalBytes(fingerprint, caFingerprint)));
      });
    });
  });

  it('gives the same request the same certificate again, for an answer that was lost', async () => {
    await withCoordinator(async (coordinator) => {
      const request = enrolRequest(await siteSecrets(north), await invite(coordinator));
      const ask = () => askToEnrol(coordinator.running.ports.enrolment, coordinator.authorityPem, request);
      assert.deepEqual(await ask(), await ask());
    });
  });

  it('refuses a token that another request has used [tokenUsed]', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      await enrolSite(north, token, at(coordinator));
      await assert.rejects(enrolSite(north, token, at(coordinator)), said('tokenUsed'));
    });
  });

  it('refuses a token whose time is over [tokenExpired]', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      coordinator.clock.pass(hourMs);
      await assert.rejects(enrolSite(north, token, at(coordinator)), said('tokenExpired'));
    });
  });

  it('refuses a token that it never gave, and one that it gave to another site [tokenUnknown]', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      const [word, site, , fingerprint] = token.split('.');
      const invented = [word, site, 'A'.repeat(43), fingerprint].join('.');
      await assert.rejects(enrolSite(north, invented, at(coordinator)), said('tokenUnknown'));
      await assert.rejects(enrolSite(siteId('south'), token, at(coordinator)), said('tokenUnknown'));
    });
  });

  it('refuses a request that its identity key did not sign, and leaves the token unused [badSignature]', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      const request = enrolRequest(await siteSecrets(north), token);
      const { enrolmentPort, authorityPem } = at(coordinator);
      const wrong = { ...request, possession: new Uint8Array(64) };
      await assert.rejects(askToEnrol(enrolmentPort, authorityPem, wrong), said('badSignature'));
      await askToEnrol(enrolmentPort, authorityPem, request);
    });
  });

  it('refuses a certificate request that names another site, or is none [badCertificate]', async () => {
    await withCoordinator(async (coordinator) => {
      const token = await invite(coordinator);
      const { enrolmentPort, authorityPem } = at(coordinator);
      const named = enrolRequest(await siteSecrets(north, 'operator'), token);
      await assert.rejects(askToEnrol(enrolmentPort, authorityPem, named), said('badCertificate'));
      const secrets = { ...(await siteSecrets(north)), certificateRequest: Uint8Array.of(1, 2, 3) };
      const garbage = enrolRequest(secrets, token);
      await assert.rejects(askToEnrol(enrolmentPort, authorityPem, garbage), said('badCertificate'));
    });
  });

  it('refuses keys that another site has [duplicateKey]', async () => {
    await withCoordinator(async (coordinator) => {
      const first = await siteSecrets(north);
      const { enrolmentPort, authorityPem } = at(coordinator);
      await askToEnrol(enrolmentPort, authorityPem, enrolRequest(first, await invite(coordinator)));
      const south = siteId('south');
      const second = { ...(await siteSecrets(south)), identitySeed: first.identitySeed };
      const request = enrolRequest(second, await invite(coordinator, south));
      await assert.rejects(askToEnrol(enrolmentPort, authorityPem, request), said('duplicateKey'));
    });
  });

  it('invites nobody twice under one id [duplicateSite]', async () => {
    await withCoordinator(async (coordinator) => {
      await enrolSite(north, await invite(coordinator), at(coordinator));
      await assert.rejects(invite(coordinator), /already/);
    });
  });
});
