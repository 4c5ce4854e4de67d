/** `SiteService.Session`: what the sites and the round say to each other. */
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { ProtocolError, TransportError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';
import { decodeSiteMessage } from '#shared/wire/decode';
import { encodeCoordinatorMessage } from '#shared/wire/encode';
import type { ToSite } from '#shared/wire/types';
import type { Consortium } from '../round/consortium.ts';
import type { Session } from '../round/sessions.ts';
import type { OnError } from './calls.ts';
import { maxSessionMessages, maxUnreadMessages, sendTurnMs } from './limits.ts';
import { toStatus } from './status.ts';
import type { Turnstile } from './turnstile.ts';

type SessionCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** What all sessions share. */
export interface SessionWorld {
  readonly consortium: Consortium;
  readonly largeSends: Turnstile;
  readonly onError: OnError;
}

/** Serves one session of a site until either side ends it. */
export function serveSession(call: SessionCall, site: SiteId, { consortium, largeSends, onError }: SessionWorld): void {
  const session = sessionOver(call, site, largeSends);
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

/** Messages leave in order, one at a time; a large one waits for its turn among all sessions before it is even encoded. */
function sessionOver(call: SessionCall, site: SiteId, largeSends: Turnstile): Session {
  const waiting: ToSite[] = [];
  let sending = false;
  const isOpen = (): boolean => !call.cancelled && !call.writableEnded;
  const sendAll = async (): Promise<void> => {
    for (let message = waiting.shift(); message !== undefined && isOpen(); message = waiting.shift()) {
      const next = message;
      if (isLarge(next)) await largeSends.pass(site, () => written(call, encodeCoordinatorMessage(next)));
      else call.write(encodeCoordinatorMessage(next));
    }
    sending = false;
  };
  const cut = (why: string): void => {
    const error = new TransportError('unavailable', why);
    if (!call.writableEnded) call.emit('error', { ...toStatus(error), code: status.ABORTED });
  };
  return {
    send(message) {
      if (!isOpen()) return;
      if (call.writableLength + waiting.length >= maxUnreadMessages) {
        cut('this session does not read what it is sent; connect again');
        return;
      }
      waiting.push(message);
      if (sending) return;
      sending = true;
      void sendAll();
    },
    replaced() {
      cut('another session of this site took the place of this one');
    },
  };
}

/** Those whose length grows with the square of the cohort, or that hold all of it. */
function isLarge({ kind }: ToSite): boolean {
  return kind === 'unmaskRequest' || kind === 'confirmRequest' || kind === 'advertisements' || kind === 'routedShares';
}

/** Fulfilled when the bytes have left, the session is over, or the site has not read them for too long to wait. */
async function written(call: SessionCall, bytes: Uint8Array): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  const finish = (): void => {
    done.resolve(undefined);
  };
  const timer = setTimeout(finish, sendTurnMs);
  call.once('close', finish);
  if (!call.cancelled && !call.writableEnded) call.write(bytes, finish);
  else finish();
  await done.promise;
  clearTimeout(timer);
  call.off('close', finish);
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
