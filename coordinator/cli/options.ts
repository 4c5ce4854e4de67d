/** Options and arguments that several commands take. A wrong one is refused by name (exit code 2). */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import type { OutputOptions } from './output.ts';

/** Of every command that asks the running coordinator. */
export interface AskOptions extends OutputOptions {
  readonly dir: string;
}

/** A command with a result: `--json`, `--quiet`. */
export function withOutput(command: Command): Command {
  return command
    .option('--json <file>', 'write the result as JSON to this file, or to standard output with -')
    .option('--quiet', 'print no result for people');
}

/** A command on a coordinator's folder. */
export function onFolder(command: Command): Command {
  return withOutput(command).requiredOption('--dir <dir>', "the coordinator's folder, made by init");
}

/** A site's id. */
export function siteId(text: string): SiteId {
  const site = toSiteId(text);
  if (site !== undefined) return site;
  throw new InvalidArgumentError('expected 1 to 63 of a-z, 0-9 and -, beginning with a letter or digit');
}

/** A port; 0 takes a free one. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535');
}

/** A whole number from 1 on. */
export function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('expected a whole number from 1 on');
}

/** Every value of an option that may stand several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
