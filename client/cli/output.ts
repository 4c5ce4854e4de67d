/** Results go to standard output, everything else to standard error; `--json FILE` (or `-`) writes the result as JSON. @module */
import { writeWhole } from '../agent/disk.ts';

/** Options of every command that has a result. */
export interface OutputOptions {
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Writes a result: as JSON if asked, else (or beside a file) as lines for people. */
export function result({ json, quiet }: OutputOptions, value: unknown, lines: readonly string[]): void {
  if (json === '-') {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    return;
  }
  if (json !== undefined) writeWhole(json, `${JSON.stringify(value, null, 2)}\n`);
  if (quiet !== true) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** A line for people beside the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
