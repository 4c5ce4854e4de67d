/** What people read. */
import type { SiteId } from '#shared/util/ids';
import { unreachable } from '#shared/util/unreachable';
import type { Notice } from '../round/consortium.ts';

/** One line for what happened, or `null` for what only diagnostics say. */
export function noticeLine(notice: Notice): string | null {
  switch (notice.kind) {
    case 'connected':
      return `${notice.site} is connected`;
    case 'disconnected':
      return `${notice.site} has gone`;
    case 'phase':
      return notice.phase === 'closed' ? null : `round ${notice.round}, attempt ${notice.attempt}: ${notice.phase}`;
    case 'refused':
      return `round ${notice.round}: a message of ${notice.site} is refused [${notice.code}]`;
    case 'roundOpened':
      return `round ${notice.round} opens with ${names(notice.cohort)}`;
    case 'roundClosed': {
      const named = notice.culprits.length === 0 ? '' : `; at fault: ${names(notice.culprits)}`;
      return `round ${notice.round} is over: ${notice.outcome}, sum of ${names(notice.survivors)}${named}`;
    }
    case 'keyMade':
      return `${notice.maker} has made the data key of epoch ${notice.epoch}`;
    case 'keyRefused':
      return `what ${notice.site} says of the data key is refused [${notice.code}]`;
    case 'snapshotWanted':
      return `${notice.maker} is asked for its model, sealed to ${notice.recipient}`;
    case 'snapshotComplete':
      return `the model of ${notice.maker} is there for ${notice.recipient}`;
    case 'keyReported':
      return `${notice.site} cannot use what ${notice.sealer ?? 'the coordinator'} gave it [${notice.code}]`;
    case 'finished':
      return `the plan is done after ${notice.rounds} rounds`;
    default:
      return unreachable(notice);
  }
}

/** `a, b and c`, or `nobody`. */
export function names(sites: readonly SiteId[]): string {
  const last = sites.at(-1);
  if (last === undefined) return 'nobody';
  return sites.length === 1 ? last : `${sites.slice(0, -1).join(', ')} and ${last}`;
}

/** Rows in columns, the first row being their titles. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A moment in UTC, to the second. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
