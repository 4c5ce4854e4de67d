import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { foundAuthority, openAuthority } from '#coordinator/identity/authority';
import { ConsiliumError } from '#shared/errors';
import { siteSecrets } from '../../../support/enrolled-site.ts';
import { siteId } from '../../../support/secrets.ts';

const north = siteId('north');
const day = 86_400_000;
const now = 1_800_000_000_000;

async function authority() {
  return openAuthority(await foundAuthority('Häuser des Nordens', now));
}

describe('the authority of a consortium', () => {
  it('is a CA that signs nothing below its own certificates', async () => {
    const { certificatePem, certificate, fingerprint } = await authority();
    const own = new X509Certificate(certificatePem);
    assert.deepEqual([own.ca, own.checkIssued(own), own.verify(own.publicKey)], [true, true, true]);
    assert.deepEqual(Buffer.from(fingerprint), createHash('sha256').update(certificate).digest());
    assert(own.subject.includes('O=Häuser des Nordens'), own.subject);
  });

  it('gives a site a client certificate for its own key, that names it and runs for 397 days', async () => {
    const ours = await authority();
    const issued = await ours.issueSite((await siteSecrets(north)).certificateRequest, north, now);
    const certificate = new X509Certificate(issued.certificate);
    assert.deepEqual(certificate.subject.split('\n').slice(0, 2), ['CN=north', 'OU=site']);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(certificate.ca, false);
    assert(certificate.verify(new X509Certificate(ours.certificatePem).publicKey));
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
    assert.deepEqual(Buffer.from(issued.tlsKeyHash), createHash('sha256').update(key).digest());
    assert.equal(issued.expiresAtMs, now + 397 * day);
  });

  it('gives the server a certificate for every name and address', async () => {
    const ours = await authority();
    const { certificatePem } = await ours.issueServer(['localhost', '127.0.0.1', 'x.example', '::1'], now);
    const certificate = new X509Certificate(certificatePem);
    assert.deepEqual(
      ['localhost', 'x.example', 'y.example'].map((host) => certificate.checkHost(host) !== undefined),
      [true, true, false],
    );
    assert(certificate.checkIP('127.0.0.1') !== undefined && certificate.checkIP('::1') !== undefined);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  });

  it('refuses a request for another name, with a changed byte, or of garbage [badCertificate]', async () => {
    const ours = await authority();
    const { certificateRequest } = await siteSecrets(north);
    const changed = certificateRequest.slice();
    changed[changed.length - 1]! ^= 1; // in the signature
    const requests = [(await siteSecrets(north, 'south')).certificateRequest, changed, Uint8Array.of(0x30, 0)];
    for (const request of requests) {
      await assert.rejects(
        ours.issueSite(request, north, now),
        (error) => error instanceof ConsiliumError && error.code === 'badCertificate',
      );
    }
  });
});
