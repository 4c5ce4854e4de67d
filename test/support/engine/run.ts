/** Running programs in tests. @module */
import { createHash } from 'node:crypto';
import { compile } from '#client/engine/compile';
import type { CompileOptions, HostValues, Runner, StepProgram } from '#client/engine/types';

/** Compiles, uses, and disposes also when the use fails. */
export async function withRunner<T>(
  program: StepProgram,
  options: CompileOptions,
  use: (runner: Runner) => Promise<T>,
): Promise<T> {
  const runner = await compile(program, options);
  try {
    return await use(runner);
  } finally {
    await runner.dispose();
  }
}

/** The state after the batches. */
export function stateAfter(program: StepProgram, options: CompileOptions, batches: HostValues[]): Promise<HostValues> {
  return withRunner(program, options, async (runner) => {
    await runner.steps(batches);
    return runner.readState();
  });
}

/** SHA-256 over all values, by name. */
export function stateHash(state: HostValues): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(state).sort()) {
    const { buffer, byteOffset, byteLength } = state[name]!;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** |a - b| / |b| over the named values together. */
export function relativeL2(a: HostValues, b: HostValues, names: readonly string[]): number {
  let difference = 0;
  let norm = 0;
  for (const name of names) {
    b[name]!.forEach((value, i) => {
      difference += (value - a[name]![i]!) ** 2;
      norm += value ** 2;
    });
  }
  return Math.sqrt(difference / norm);
}
