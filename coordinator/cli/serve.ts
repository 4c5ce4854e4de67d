/** `serve --dir DIR`: runs the coordinator until it is told to stop. Lines on standard output say what happens. */
import type { Command } from 'commander';
import pino from 'pino';
import type { Logger } from 'pino';
import { nodeCrypto } from '#shared/crypto/node';
import { ConsiliumError, TransportError } from '#shared/errors';
import { readSettings } from '../identity/folder.ts';
import { PeerGone } from '../rpc/calls.ts';
import { serve } from '../rpc/serve.ts';
import type { Notice } from '../round/consortium.ts';
import { systemClock } from '../round/clock.ts';
import { onFolder } from './options.ts';
import type { AskOptions } from './options.ts';
import { noticeLine } from './text.ts';

export function addServe(program: Command): void {
  onFolder(program.command('serve'))
    .description('run the coordinator; with --json - every line is JSON')
    .action(runServer);
}

async function runServer({ dir, json, quiet }: AskOptions): Promise<void> {
  const log = pino({ level: readSettings(dir).logLevel }, pino.destination({ dest: 2, sync: true }));
  const say = speaker(json === '-', quiet === true);
  const notice = (told: Notice): void => {
    log.debug(told);
    say(told.kind, told, noticeLine(told));
  };
  const onError = (error: unknown): void => {
    tell(log, error);
  };
  const running = await serve({ dir, crypto: nodeCrypto, clock: systemClock, notice, onError });
  const { host, ports } = running;
  const line = `listening on ${host}, port ${ports.main} for sites, port ${ports.enrolment} for enrolment`;
  say('listening', { kind: 'listening', host, port: ports.main, enrolmentPort: ports.enrolment }, line);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      running.stop();
    });
  }
  const error = await running.stopped;
  if (error !== undefined) throw error;
}

/** Always says that it listens; what happens after that only when it is not asked to be quiet. */
function speaker(asJson: boolean, quiet: boolean): (kind: string, value: unknown, line: string | null) => void {
  return (kind, value, line) => {
    if (quiet && kind !== 'listening') return;
    const text = asJson ? JSON.stringify(value) : line;
    if (text !== null) process.stdout.write(`${text}\n`);
  };
}

/** A peer's mistake is worth a line; ours, or the disk's, is worth an alarm. */
function tell(log: Logger, error: unknown): void {
  if (error instanceof PeerGone) return;
  const peers = error instanceof ConsiliumError && !(error instanceof TransportError);
  if (peers) log.info({ code: error.code }, error.message);
  else log.error({ err: error }, 'a call failed');
}
