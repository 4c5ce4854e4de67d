/** `npm run -s vectors -- FILE...`: one line for every failing case; the last line is `N passed, N failed`. */
import { readFileSync } from 'node:fs';
import { nodeCrypto } from '#shared/crypto/node';
import { suites } from '../test/support/suites.ts';
import { runCase } from '../test/support/vectors.ts';
import type { Difference, Suite, VectorFile } from '../test/support/vectors.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('vectors: no file given: npm run -s vectors -- FILE... [badArgument]\n');
  process.exit(2);
}
let passed = 0;
let failed = 0;
for (const path of files) await runFile(path);
process.stdout.write(`${String(passed)} passed, ${String(failed)} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

async function runFile(path: string): Promise<void> {
  const file = readVectors(path);
  if (file === undefined) return;
  const suite: Suite | undefined = await suites[file.suite]?.(nodeCrypto);
  for (const each of file.cases) {
    const unknown: Difference = { path: 'suite', got: 'unknown suite', want: file.suite };
    report(file.suite, each.name, suite === undefined ? unknown : await runCase(suite, each, file.tolerance));
  }
}

/** A file that cannot be read is a failure like any other. */
function readVectors(path: string): VectorFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VectorFile; // the format is fixed; a wrong one fails its cases
  } catch (error) {
    report(path, 'the file', { path: '', got: String(error), want: 'test vectors in JSON' });
    return undefined;
  }
}

function report(suite: string, name: string, difference: Difference | undefined): void {
  if (difference === undefined) {
    passed += 1;
    return;
  }
  failed += 1;
  const { path, got, want } = difference;
  process.stdout.write(`${suite}, ${name}, ${path}: got ${shown(got)}, want ${shown(want)}\n`);
}

/** On one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
