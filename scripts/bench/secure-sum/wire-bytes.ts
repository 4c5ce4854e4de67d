/** What one round costs on the wire: a coordinator process, the sites' own program, and a proxy between that counts. */
import { takePartWith } from './agent-site.ts';
import { withConsortium } from './consortium.ts';
import type { RoundChoice } from './consortium.ts';
import { startCountingProxy } from './counting-proxy.ts';

/** Bytes of all sites together, from when they connect for the round to its end. */
export interface WireBytes {
  readonly up: number;
  readonly down: number;
}

/** Runs one round under this plan. @throws Error if it ends otherwise than accepted. */
export async function wireBytes(choice: RoundChoice): Promise<WireBytes> {
  return withConsortium(choice, async ({ coordinator, siteDirs }) => {
    const proxy = await startCountingProxy(coordinator.ports.main);
    try {
      await Promise.all(siteDirs.map((dir) => takePartWith({ dir, port: proxy.port }, zeros)));
      return { up: proxy.up, down: proxy.down };
    } finally {
      await proxy.close();
    }
  });
}

/** What a site gives does not show in its masked words. */
function zeros(length: number): Float32Array {
  return new Float32Array(length);
}
