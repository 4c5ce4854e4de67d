/**
 * How a site comes in: the token's text, and what the site signs to show that both its keys are its own. A token reads
 * `consilium1.SITE.SECRET.FINGERPRINT`: for whom it is, 32 secret bytes, and SHA-256 of the consortium's CA certificate
 * (DER), with which the very first connection is verified; both in base64url.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import { DecodeError } from '../errors.ts';
import { fromBase64, toBase64 } from '../util/base64.ts';
import { toSiteId } from '../util/ids.ts';
import type { SiteId } from '../util/ids.ts';
import * as field from './fields.ts';
import { decodeWith } from './gate.ts';
import * as Wire from './generated/consilium/v1/enrolment.ts';
import type { EnrolRequest, EnrolResponse } from './types.ts';

const prefix = 'consilium1';
/** A certificate or a request for one. */
const maxCertificateBytes = 16_384;

/** What the text of a token holds. */
export interface EnrolmentToken {
  readonly site: SiteId;
  /** 32 bytes. MUST NOT be logged. */
  readonly secret: Uint8Array;
  /** SHA-256 of the CA certificate's DER. */
  readonly caFingerprint: Uint8Array;
}

/** The token as text for a person to carry. MUST NOT be logged. */
export function formatToken({ site, secret, caFingerprint }: EnrolmentToken): string {
  return [prefix, site, toBase64Url(secret), toBase64Url(caFingerprint)].join('.');
}

/** The token of a text. @throws DecodeError (badFormat) if it is none; the message does not repeat it. */
export function parseToken(text: string): EnrolmentToken {
  const [head, name, secretText, fingerprintText, ...rest] = text.trim().split('.');
  const site = toSiteId(name ?? '');
  const secret = fromBase64Url(secretText ?? '');
  const caFingerprint = fromBase64Url(fingerprintText ?? '');
  const whole = head === prefix && rest.length === 0 && secret?.length === 32 && caFingerprint?.length === 32;
  if (whole && site !== undefined) return { site, secret, caFingerprint };
  throw new DecodeError('badFormat', 'enrolment token: expected consilium1.SITE.SECRET.FINGERPRINT, copied whole');
}

/** `F(label "enrolment", site, identity key, sealing key, SHA-256 of the certificate request)`, signed by the identity key. */
export function enrolmentStatement(
  crypto: Crypto,
  request: Pick<EnrolRequest, 'site' | 'identityKey' | 'sealingKey' | 'certificateRequest'>,
): Uint8Array {
  const { site, identityKey, sealingKey, certificateRequest } = request;
  return frame(label('enrolment'), site, identityKey, sealingKey, crypto.sha256(certificateRequest));
}

/** A site's request to come in. */
export function encodeEnrolRequest(request: EnrolRequest): Uint8Array {
  return Wire.EnrolRequest.encode(request).finish();
}

/** @throws DecodeError as the functions of `decode`. */
export function decodeEnrolRequest(bytes: Uint8Array): EnrolRequest {
  return decodeWith('EnrolRequest', Wire.EnrolRequest, bytes, enrolRequest, encodeEnrolRequest);
}

/** The certificate and what a site has to know of its consortium. */
export function encodeEnrolResponse(response: EnrolResponse): Uint8Array {
  return Wire.EnrolResponse.encode(response).finish();
}

/** @throws DecodeError as the functions of `decode`. */
export function decodeEnrolResponse(bytes: Uint8Array): EnrolResponse {
  return decodeWith('EnrolResponse', Wire.EnrolResponse, bytes, enrolResponse, encodeEnrolResponse);
}

function enrolRequest(wire: Wire.EnrolRequest): EnrolRequest {
  return {
    tokenSecret: field.exactly(32, 'token_secret', wire.tokenSecret),
    site: field.site('site', wire.site),
    certificateRequest: field.between(1, maxCertificateBytes, 'certificate_request', wire.certificateRequest),
    identityKey: field.hash('identity_key', wire.identityKey),
    sealingKey: field.hash('sealing_key', wire.sealingKey),
    possession: field.signature('possession', wire.possession),
  };
}

function enrolResponse(wire: Wire.EnrolResponse): EnrolResponse {
  return {
    certificate: field.between(1, maxCertificateBytes, 'certificate', wire.certificate),
    caCertificate: field.between(1, maxCertificateBytes, 'ca_certificate', wire.caCertificate),
    consortium: field.text(200, 'consortium', wire.consortium),
    coordinatorKey: field.hash('coordinator_key', wire.coordinatorKey),
    mainPort: field.whole(1, 65_535, 'main_port', wire.mainPort),
  };
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes, or `undefined` when the text is no base64url or not the one spelling of its bytes. */
function fromBase64Url(text: string): Uint8Array | undefined {
  if (/[^A-Za-z0-9_-]/.test(text)) return undefined;
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  return fromBase64(padded.replaceAll('-', '+').replaceAll('_', '/'));
}
