/**
 * The receive windows of a grpc-js server. grpc-js 1.14 ignores `grpc-node.flow_control_window` on a server, so uploads
 * would run at 64 KiB a round trip (0.8 MB/s at 50 ms). Its HTTP/2 servers are in a private map; this finds every session
 * on them and widens the window of the one whose turn it is to upload. The others have less than HTTP/2's own 64 KiB, so
 * that what waits to be read grows little with the number of sites. Its test fails when a new version of grpc-js moves that map.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { InvariantError } from '#shared/errors';
import { idleWindow } from './limits.ts';

interface SessionSource {
  on(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
}

export class ReceiveWindows {
  readonly #sessions = new Map<string, ServerHttp2Session>();

  /** Follows the sessions of a bound server. */
  watch(server: Server): void {
    for (const http2Server of http2Servers(server)) {
      http2Server.on('session', (session) => {
        const { remoteAddress, remotePort } = session.socket;
        const peer = `${remoteAddress ?? ''}:${remotePort ?? 0}`; // as grpc-js names it
        this.#sessions.set(peer, session);
        session.once('close', () => this.#sessions.delete(peer));
        this.#set(peer, idleWindow);
      });
    }
  }

  /** Runs `work` while this peer may send `bytes` before they are read. */
  async widened<T>(peer: string, bytes: number, work: () => Promise<T>): Promise<T> {
    this.#set(peer, bytes);
    try {
      return await work();
    } finally {
      this.#set(peer, idleWindow);
    }
  }

  #set(peer: string, bytes: number): void {
    const session = this.#sessions.get(peer);
    if (session === undefined || session.destroyed || session.closed) return;
    session.setLocalWindowSize(bytes);
    session.settings({ initialWindowSize: bytes });
  }
}

function http2Servers(server: Server): readonly SessionSource[] {
  const { http2Servers: map } = server as unknown as { readonly http2Servers?: unknown }; // private in grpc-js
  if (map instanceof Map && map.size > 0) return [...map.keys()] as SessionSource[]; // its keys are node:http2 servers
  throw new InvariantError('unreachable', 'grpc-js keeps its HTTP/2 servers elsewhere: uploads would be slow');
}
