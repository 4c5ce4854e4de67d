/**
 * The receive window of a grpc-js server. grpc-js 1.14 ignores `grpc-node.flow_control_window` on a server, so uploads
 * would run at 64 KiB a round trip (0.8 MB/s at 50 ms). Its HTTP/2 servers are in a private map; this sets the window of
 * every session on them. Its test fails when a new version of grpc-js moves that map.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { InvariantError } from '#shared/errors';

interface SessionSource {
  on(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
}

/** Gives every later session of a bound server this window, in bytes. */
export function setReceiveWindow(server: Server, windowBytes: number): void {
  for (const http2Server of http2Servers(server)) {
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(windowBytes);
      session.settings({ initialWindowSize: windowBytes });
    });
  }
}

function http2Servers(server: Server): readonly SessionSource[] {
  const { http2Servers: map } = server as unknown as { readonly http2Servers?: unknown }; // private in grpc-js
  if (map instanceof Map && map.size > 0) return [...map.keys()] as SessionSource[]; // its keys are node:http2 servers
  throw new InvariantError('unreachable', 'grpc-js keeps its HTTP/2 servers elsewhere: uploads would be slow');
}
