/** `consilium-site ledger` @module */
import type { Command } from 'commander';
import { readLedger, sentBytes } from '#client/agent/ledger';
import type { LedgerEntry } from '#client/agent/ledger';
import { readSiteConfig } from '#client/agent/site-config';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface Options extends OutputOptions {
  readonly dir: string;
}

/** Adds the command. */
export function addLedger(program: Command): void {
  program
    .command('ledger')
    .description('what left this hospital: time, round, bytes, kind, plan')
    .requiredOption('--dir <dir>', 'the folder of this site')
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action((options: Options) => {
      const { site } = readSiteConfig(options.dir);
      const entries = readLedger(options.dir);
      const sent = sentBytes(entries);
      result(options, { site, sent, entries }, [
        ...entries.map(line),
        `${sent.maskedInputBytes.toLocaleString('en')} bytes in masked vectors, ${sent.otherBytes.toLocaleString('en')} bytes beside them.`,
      ]);
    });
}

function line({ time, plan, round, kind, bytes }: LedgerEntry): string {
  const where = round === null ? '' : ` round ${round}`;
  return `${time} ${plan?.slice(0, 16) ?? '-'}${where} ${kind} ${bytes} bytes`;
}
