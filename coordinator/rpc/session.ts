/** `SiteService.Session`: what the sites and the round say to each other. */
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { ProtocolError, TransportError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';
import { decodeSiteMessage } from '#shared/wire/decode';
import { encodeCoordinatorMessage } from '#shared/wire/encode';
import type { Consortium } from '../round/consortium.ts';
import type { Session } from '../round/sessions.ts';
import type { OnError } from './calls.ts';
import { maxSessionMessages, maxUnreadMessages } from './limits.ts';
import { toStatus } from './status.ts';

type SessionCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Serves one session of a site until either side ends it. */
export function serveSession(call: SessionCall, site: SiteId, consortium: Consortium, onError: OnError): void {
  const session = sessionOver(call);
  const fail = (error: unknown): void => {
    onError(error);
    if (!call.writableEnded) call.emit('error', toStatus(error));
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
  const leave = (): void => {
    guarded(() => {
      consortium.disconnect(site, session);
    });
  };
  call.on(
    'data',
    counted(guarded, (bytes) => {
      consortium.receive(site, decodeSiteMessage(bytes));
    }),
  );
  call.on('end', () => {
    leave();
    call.end();
  });
  call.on('cancelled', leave);
  call.on('close', leave);
  call.on('error', leave);
  call.sendMetadata(new Metadata());
  guarded(() => {
    consortium.connect(site, session);
  });
}

function sessionOver(call: SessionCall): Session {
  const cut = (why: string): void => {
    const error = new TransportError('unavailable', why);
    if (!call.writableEnded) call.emit('error', { ...toStatus(error), code: status.ABORTED });
  };
  return {
    send(message) {
      if (call.cancelled || call.writableEnded) return;
      if (call.writableLength < maxUnreadMessages) call.write(encodeCoordinatorMessage(message));
      else cut('this session does not read what it is sent; connect again');
    },
    replaced() {
      cut('another session of this site took the place of this one');
    },
  };
}

/** A site that talks without end is cut off. */
function counted(
  guarded: (work: () => void) => void,
  receive: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void {
  let count = 0;
  return (bytes) => {
    guarded(() => {
      count += 1;
      if (count > maxSessionMessages) throw new ProtocolError('wrongPhase', 'too many messages in one session');
      receive(bytes);
    });
  };
}
