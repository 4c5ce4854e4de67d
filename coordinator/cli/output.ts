/** Results go to standard output, everything else to standard error. */
import { writeFileSync } from 'node:fs';
import { writing } from '../store/disk-error.ts';

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
  if (json !== undefined) {
    writing(json, () => {
      writeFileSync(json, `${JSON.stringify(value, null, 2)}\n`);
    });
  }
  if (quiet !== true) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
