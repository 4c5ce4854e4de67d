/** Runs every suite under mocha, one after the other, and ends with the line `N passed, N failed`: the sum. */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { createInterface } from 'node:readline';

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The suites in order: the quick ones first. */
const suites = [
  { pattern: 'test/{unit,property,vectors}/**/*.test.ts', timeoutMs: 20_000 },
  { pattern: 'test/fault/**/*.test.ts', timeoutMs: 600_000 },
  { pattern: 'test/integration/**/*.test.ts', timeoutMs: 300_000 },
] as const;

/** Runs one suite; a runner that dies without its closing lines counts as one failure. */
async function run(pattern: string, timeoutMs: number): Promise<Tally> {
  const mocha = ['node_modules/mocha/bin/mocha.js', '--no-color', '--timeout', String(timeoutMs), pattern];
  const child = spawn(process.execPath, mocha, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  let passed = 0;
  let failed: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    passed = Number(/^ {2}(\d+) passing/.exec(line)?.[1] ?? passed);
    failed = Number(/^ {2}(\d+) failing/.exec(line)?.[1] ?? failed ?? 0);
  }
  const code = await exit;
  return { passed, failed: code === 0 ? (failed ?? 0) : Math.max(failed ?? 0, 1) };
}

if (!existsSync('package.json')) throw new Error('npm test runs from the root of the checkout');
let total: Tally = { passed: 0, failed: 0 };
for (const { pattern, timeoutMs } of suites) {
  if (globSync(pattern).length === 0) continue;
  const tally = await run(pattern, timeoutMs);
  total = { passed: total.passed + tally.passed, failed: total.failed + tally.failed };
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
