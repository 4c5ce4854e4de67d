/** The handler of `EnrolmentService`, the one call without a client certificate: the token is the proof. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { decodeEnrolRequest, encodeEnrolResponse } from '#shared/wire/enrolment';
import type { Authority } from '../identity/authority.ts';
import type { EnrolmentDesk } from '../identity/enrol.ts';
import type { Clock } from '../round/clock.ts';
import { unary } from './calls.ts';
import type { OnError } from './calls.ts';

/** What the desk needs to answer. */
export interface EnrolmentWorld {
  readonly clock: Clock;
  readonly authority: Authority;
  readonly enrolment: EnrolmentDesk;
  readonly consortiumName: string;
  /** Ed25519 public key. */
  readonly coordinatorKey: Uint8Array;
  /** Known once the main port is bound. */
  readonly mainPort: number;
  readonly onError: OnError;
}

/** One handler for each method of `EnrolmentService`. */
export function enrolmentHandlers(world: EnrolmentWorld): UntypedServiceImplementation {
  const { clock, authority, enrolment, consortiumName, coordinatorKey, mainPort } = world;
  return {
    enrol: unary(world.onError, async (request) => {
      const { certificate } = await enrolment.enrol(decodeEnrolRequest(request), clock.now());
      return encodeEnrolResponse({
        certificate,
        caCertificate: authority.certificate,
        consortium: consortiumName,
        coordinatorKey,
        mainPort,
      });
    }),
  };
}
