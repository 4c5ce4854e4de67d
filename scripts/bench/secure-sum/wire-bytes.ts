/** What a round costs on the wire: a coordinator process, the sites' own program, and a proxy between that counts. */
import { takePartWith } from './agent-site.ts';
import { withConsortium } from './consortium.ts';
import type { RoundChoice } from './consortium.ts';
import { startCountingProxy } from './counting-proxy.ts';

/** Bytes of all sites together. */
export interface WireBytes {
  readonly up: number;
  readonly down: number;
}

/** The first round of a key epoch brings the connections and, with encryption, the data key; the second is like all others. */
export interface BytesOfRounds {
  readonly first: WireBytes;
  readonly second: WireBytes;
}

/** Runs two rounds under this plan. @throws Error if one ends otherwise than accepted. */
export async function wireBytes(choice: RoundChoice): Promise<BytesOfRounds> {
  return withConsortium({ ...choice, rounds: 2 }, async ({ coordinator, siteDirs }) => {
    const proxy = await startCountingProxy(coordinator.ports.main);
    let first: WireBytes = { up: 0, down: 0 };
    const closed = (round: number): void => {
      if (round === 1) first = { up: proxy.up, down: proxy.down }; // the last site to say so
    };
    try {
      await Promise.all(siteDirs.map((dir) => takePartWith({ dir, port: proxy.port }, zeros, closed)));
      return { first, second: { up: proxy.up - first.up, down: proxy.down - first.down } };
    } finally {
      await proxy.close();
    }
  });
}

/** What a site gives does not show in its masked words. */
function zeros(length: number): Float32Array {
  return new Float32Array(length);
}
