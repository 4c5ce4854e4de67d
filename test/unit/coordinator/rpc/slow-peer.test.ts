import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { mock } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { serverStream } from '#coordinator/rpc/calls';
import { idleMs, maxUnreadMessages } from '#coordinator/rpc/limits';
import { serveSession } from '#coordinator/rpc/session';
import type { Consortium } from '#coordinator/round/consortium';
import { Turnstile } from '#coordinator/rpc/turnstile';
import { Sessions } from '#coordinator/round/sessions';
import { siteId } from '../../../support/secrets.ts';

const site = siteId('north');

/** A call whose peer takes nothing. */
class StuckCall extends Duplex {
  readonly cancelled = false;
  readonly request = new Uint8Array();
  constructor() {
    super({ objectMode: true });
  }
  sendMetadata(): void {
    // nobody reads it
  }
  override _read(): void {
    // nothing comes
  }
  override _write(): void {
    // never done
  }
}

describe('a peer that does not read', () => {
  it('loses its session before what waits for it grows', () => {
    const sessions = new Sessions();
    const consortium: Pick<Consortium, 'connect' | 'disconnect'> = {
      connect: (from, session) => {
        sessions.add(from, session);
      },
      disconnect: (from, session) => {
        sessions.remove(from, session);
      },
    };
    const call = new StuckCall();
    const ends: unknown[] = [];
    call.on('error', (error: { readonly code?: unknown }) => ends.push(error.code));
    type Call = ServerDuplexStream<Uint8Array, Uint8Array>;
    const world = {
      consortium: consortium as Consortium,
      largeSends: new Turnstile({ places: 1, turnMs: 1, clock: { now: () => 0 } }),
      onError: assert.ifError,
    };
    serveSession(call as unknown as Call, site, world); // what a session uses of them
    for (let i = 0; i < 1000; i++) sessions.send(site, { kind: 'attemptOpened', round: 1, attempt: i });
    assert.equal(call.writableLength, maxUnreadMessages);
    assert.deepEqual(ends, [status.ABORTED]);
    assert.equal(sessions.connected.size, 0);
  });

  it('gives up its turn for an aggregate', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const call = new StuckCall();
      const ended = new Promise((resolve) => call.once('error', resolve));
      const handler = serverStream(
        () => undefined,
        (_, send) => send(new Uint8Array(1)),
      );
      handler(call as unknown as ServerWritableStream<Uint8Array, Uint8Array>); // what the handler uses of it
      mock.timers.tick(idleMs);
      assert.equal(((await ended) as { readonly code?: unknown }).code, status.UNAVAILABLE);
    } finally {
      mock.timers.reset();
    }
  });
});
