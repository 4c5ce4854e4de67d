import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { ConsiliumError } from '#shared/errors';
import {
  decodeEnrolRequest,
  decodeEnrolResponse,
  encodeEnrolRequest,
  encodeEnrolResponse,
  enrolmentStatement,
  formatToken,
  parseToken,
} from '#shared/wire/enrolment';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { holdsOnTheWire } from '../../../support/wire-laws.ts';

const token = { site: siteId('north-1'), secret: bytesOf('secret'), caFingerprint: bytesOf('ca') };
const short = new Uint8Array(31);

describe('an enrolment token', () => {
  const text = formatToken(token);

  it('is one line that names its site and holds its secret and the fingerprint', () => {
    assert.match(text, /^consilium1\.north-1\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(parseToken(text), token);
    assert.deepEqual(parseToken(` ${text}\n`), token);
  });

  const parts = text.split('.');
  for (const [what, wrong] of Object.entries({
    'another word before it': ['consilium2', ...parts.slice(1)],
    'a part missing': parts.slice(0, 3),
    'a part more': [...parts, 'x'],
    'a name that is no site': [parts[0], 'North', ...parts.slice(2)],
    'a letter missing': [...parts.slice(0, 3), parts[3]?.slice(1)],
    'a letter that is none of base64url': [...parts.slice(0, 3), `+${parts[3]?.slice(1) ?? ''}`],
    // 32 bytes leave two bits of the last letter unused, which must be zero.
    'another spelling of its last letter': [...parts.slice(0, 3), `${parts[3]?.slice(0, -1) ?? ''}_`],
  })) {
    it(`is refused with ${what}, without its secret in the message`, () => {
      assert.throws(
        () => parseToken(wrong.join('.')),
        (error) =>
          error instanceof ConsiliumError && error.code === 'badFormat' && !error.message.includes(parts[2] ?? '-'),
      );
    });
  }
});

describe('what a site signs to come in', () => {
  it('changes with the site, each key and the certificate request', () => {
    const request = {
      site: token.site,
      identityKey: bytesOf('identity'),
      sealingKey: bytesOf('sealing'),
      certificateRequest: bytesOf('request'),
    };
    const statements = [
      request,
      { ...request, site: siteId('south') },
      { ...request, identityKey: bytesOf('x') },
      { ...request, sealingKey: bytesOf('x') },
      { ...request, certificateRequest: bytesOf('x') },
    ].map((asked) => Buffer.from(enrolmentStatement(nodeCrypto, asked)).toString('hex'));
    assert.equal(new Set(statements).size, statements.length);
  });
});

describe('enrolment on the wire', () => {
  const request = {
    tokenSecret: bytesOf('secret'),
    site: token.site,
    certificateRequest: new Uint8Array(300).fill(1),
    identityKey: bytesOf('identity'),
    sealingKey: bytesOf('sealing'),
    possession: new Uint8Array(64).fill(2),
  };
  holdsOnTheWire({
    name: 'EnrolRequest',
    value: request,
    encode: encodeEnrolRequest,
    decode: decodeEnrolRequest,
    refused: [
      ['token_secret', 'wrongLength', { ...request, tokenSecret: short }],
      ['site', 'badFormat', { ...request, site: 'North' as typeof token.site }],
      ['certificate_request', 'wrongLength', { ...request, certificateRequest: new Uint8Array(16_385) }],
      ['identity_key', 'wrongLength', { ...request, identityKey: short }],
      ['sealing_key', 'wrongLength', { ...request, sealingKey: short }],
      ['possession', 'wrongLength', { ...request, possession: short }],
    ],
  });

  const response = {
    certificate: new Uint8Array(300).fill(1),
    caCertificate: new Uint8Array(300).fill(2),
    consortium: 'Häuser',
    coordinatorKey: bytesOf('coordinator'),
    mainPort: 7443,
  };
  holdsOnTheWire({
    name: 'EnrolResponse',
    value: response,
    encode: encodeEnrolResponse,
    decode: decodeEnrolResponse,
    refused: [
      ['certificate', 'wrongLength', { ...response, certificate: new Uint8Array(0) }],
      ['ca_certificate', 'wrongLength', { ...response, caCertificate: new Uint8Array(0) }],
      ['consortium', 'outOfRange', { ...response, consortium: 'x'.repeat(201) }],
      ['coordinator_key', 'wrongLength', { ...response, coordinatorKey: short }],
      ['main_port', 'outOfRange', { ...response, mainPort: 65_536 }],
    ],
  });
});
