/** A wire with a meter: passes bytes between the sites and the coordinator, and counts what the sockets carry. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Bytes so far, TLS and all: `up` is what sites sent. */
export interface CountingProxy {
  readonly port: number;
  readonly up: number;
  readonly down: number;
  close(): Promise<void>;
}

/** Listens on loopback and passes everything on to `upstreamPort` there. */
export async function startCountingProxy(upstreamPort: number): Promise<CountingProxy> {
  const counted = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((site) => {
    const coordinator = connect(upstreamPort, '127.0.0.1');
    forward(site, coordinator, (bytes) => (counted.up += bytes));
    forward(coordinator, site, (bytes) => (counted.down += bytes));
    for (const socket of [site, coordinator]) sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP
    get up() {
      return counted.up;
    },
    get down() {
      return counted.down;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(from: Socket, to: Socket, count: (bytes: number) => void): void {
  from.setNoDelay();
  from.on('data', (data) => {
    count(data.length);
  });
  from.pipe(to);
  from.on('error', () => to.destroy()); // a peer that ends its connection ends the pair
  from.on('close', () => to.destroy());
}
