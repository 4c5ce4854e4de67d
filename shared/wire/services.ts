/**
 * The services, as methods over bytes: what a call carries is written by `encode` and read by `decode`, the only gate,
 * and never by the transport. Needs grpc-js, so nothing that runs in a browser imports this file.
 *
 * @module
 */
import { EnrolmentServiceService } from './generated/consilium/v1/enrolment_service.ts';
import { OperatorServiceService } from './generated/consilium/v1/operator_service.ts';
import { SiteServiceService } from './generated/consilium/v1/site_service.ts';

/** Node's buffer, which shared code does not name. */
type Buffer = ReturnType<typeof SiteServiceService.session.requestSerialize>;

/** One method of a service over bytes; the shape of grpc-js's `MethodDefinition`. */
export interface ByteMethod<RequestStream extends boolean = boolean, ResponseStream extends boolean = boolean> {
  readonly path: string;
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
  readonly requestSerialize: (bytes: Uint8Array) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Uint8Array;
  readonly responseSerialize: (bytes: Uint8Array) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Uint8Array;
}

interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** A service whose messages are bytes. */
export type ByteService<S extends Readonly<Record<keyof S, Method>>> = {
  readonly [Name in keyof S]: ByteMethod<S[Name]['requestStream'], S[Name]['responseStream']>;
};

/** `SiteService` over bytes; `toBuffer` views the bytes as Node's buffer, without a copy. */
export function siteService(toBuffer: (bytes: Uint8Array) => Buffer): ByteService<typeof SiteServiceService> {
  return overBytes(SiteServiceService, toBuffer);
}

/** `OperatorService` over bytes. */
export function operatorService(toBuffer: (bytes: Uint8Array) => Buffer): ByteService<typeof OperatorServiceService> {
  return overBytes(OperatorServiceService, toBuffer);
}

/** `EnrolmentService` over bytes. */
export function enrolmentService(toBuffer: (bytes: Uint8Array) => Buffer): ByteService<typeof EnrolmentServiceService> {
  return overBytes(EnrolmentServiceService, toBuffer);
}

function overBytes<S extends Readonly<Record<keyof S, Method>>>(
  service: S,
  toBuffer: (bytes: Uint8Array) => Buffer,
): ByteService<S> {
  const same = (bytes: Buffer): Uint8Array => bytes;
  const entries = Object.entries<Method>(service).map(([name, { path, requestStream, responseStream }]) => [
    name,
    {
      path,
      requestStream,
      responseStream,
      requestSerialize: toBuffer,
      requestDeserialize: same,
      responseSerialize: toBuffer,
      responseDeserialize: same,
    },
  ]);
  return Object.fromEntries(entries) as ByteService<S>; // entry for entry the methods of S
}
