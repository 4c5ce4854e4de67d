/** `round status` and `round cancel`. */
import type { Command } from 'commander';
import { toHex } from '#shared/util/bytes';
import { decodeCancelled, decodeRoundSummaries } from '#shared/wire/operator';
import type { RoundSummary } from '#shared/wire/types';
import { askCoordinator } from '../rpc/operator-client.ts';
import { onFolder } from './options.ts';
import type { AskOptions } from './options.ts';
import { result } from './output.ts';
import { table, time } from './text.ts';

export function addRound(program: Command): void {
  const round = program.command('round').description('rounds of the current plan');
  onFolder(round.command('status')).description('every round and how it ended').action(showRounds);
  onFolder(round.command('cancel')).description('end the open round').action(cancel);
}

async function showRounds(options: AskOptions): Promise<void> {
  const rounds = decodeRoundSummaries(await askCoordinator(options.dir, 'roundStatus'));
  const rows = rounds.map((round) => [
    String(round.round),
    round.outcome ?? round.phase,
    `${round.survivors.length} of ${round.cohort.length}`,
    time(round.openedAtMs),
    round.culprits.join(' '),
  ]);
  const lines =
    rows.length === 0 ? ['no round yet'] : table([['round', 'state', 'sum of', 'opened', 'culprits'], ...rows]);
  result(options, rounds.map(asJson), lines);
}

async function cancel(options: AskOptions): Promise<void> {
  const round = decodeCancelled(await askCoordinator(options.dir, 'cancelRound'));
  result(options, { round, outcome: 'cancelled' }, [`round ${round} is cancelled`]);
}

function asJson({ modelHash, aggregateHash, openedAtMs, closedAtMs, ...round }: RoundSummary) {
  return {
    ...round,
    modelHash: toHex(modelHash),
    aggregateHash: aggregateHash === null ? null : toHex(aggregateHash),
    openedAt: new Date(openedAtMs).toISOString(),
    closedAt: closedAtMs === null ? null : new Date(closedAtMs).toISOString(),
  };
}
