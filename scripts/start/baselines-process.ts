/**
 * The columns beside the federation in a process of its own, at low priority: they have what the federation leaves idle,
 * and all processors once it is done. One message comes in; lines go out, then what was found or why nothing was.
 */
import { constants, setPriority } from 'node:os';
import { errorLine } from '#shared/util/exit-code';
import { type Baselines, type BaselineOptions, trainBaselines } from './baselines.ts';
import type { SiteFile } from './site-data.ts';

/** What to train. */
export interface Asked {
  readonly common: BaselineOptions;
  readonly sites: readonly SiteFile[];
}

/** What the process says; the last message is not a line. */
export type Said =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'trained'; readonly baselines: Baselines }
  | { readonly kind: 'failed'; readonly why: string };

setPriority(constants.priority.PRIORITY_LOW); // of the threads to come, too
process.once('disconnect', () => process.exit(1)); // nobody waits for it any more
process.once('message', (asked) => {
  const { common, sites } = asked as Asked; // of scripts/start/beside.ts
  trainBaselines(common, sites, (text) => {
    say({ kind: 'line', text });
  }).then(
    (baselines) => {
      say({ kind: 'trained', baselines });
    },
    (error: unknown) => {
      say({ kind: 'failed', why: errorLine(error) });
    },
  );
});

function say(said: Said): void {
  process.send?.(said);
}
