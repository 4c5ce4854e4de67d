/**
 * Every method, federated over three phantom hospitals, against its controls under the same budget of steps, against each
 * hospital alone and against all data in one place; paired over seeds. What is trained is kept, so that a run that was
 * interrupted goes on where it was. With `--real` on real images alone, where there are any for the method.
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phantomSiteNames } from '#client/data/phantom/sites';
import { aloneColumns, type ColumnOptions, federatedColumn, pooledColumn } from './columns.ts';
import { commonClaims } from './methods/figures.ts';
import { realFigures } from './methods/real-data.ts';
import type { Arm, MethodBench, SeedResult } from './methods/types.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

/** Loaded only when asked for. */
const all: Readonly<Record<string, () => Promise<MethodBench>>> = {
  clip: async () => (await import('./methods/clip.ts')).clipBench,
  brgsa: async () => (await import('./methods/brgsa.ts')).brgsaBench,
  'clip-it': async () => (await import('./methods/clip-it.ts')).clipItBench,
  mcr: async () => (await import('./methods/mcr.ts')).mcrBench,
  selip: async () => (await import('./methods/selip.ts')).selipBench,
  semise: async () => (await import('./methods/semise.ts')).semiseBench,
};

export const methods: Bench = {
  name: 'methods',
  title: 'the methods against their controls (--method M --seeds 5 --state DIR), or on real images (--real)',
  async run(options: BenchOptions): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const name of namesOf(options)) {
      const bench = await all[name]!(); // a known name
      const found = options['real'] === undefined ? await onPhantom(bench, options) : await onRealData(bench, options);
      figures.push(...found.map((figure) => ({ ...figure, name: `${name}: ${figure.name}` })));
    }
    return figures;
  },
};

async function onPhantom(bench: MethodBench, options: BenchOptions): Promise<readonly Figure[]> {
  const seeds = Array.from({ length: Number(options['seeds'] ?? 5) }, (_, i) => i + 1);
  const results: SeedResult[] = [];
  for (const seed of seeds) results.push(await runSeed(bench, seed, stateFolder(options)));
  return [...bench.claims(results), ...commonClaims(bench, results), ...((await bench.extra?.(options)) ?? [])];
}

async function onRealData({ method, real }: MethodBench, options: BenchOptions): Promise<readonly Figure[]> {
  if (real !== undefined) return realFigures(options, real);
  if (options['method'] === undefined) return [];
  throw new Error(`there are no real images with what ${method} needs: leave --real out`);
}

function namesOf({ method }: BenchOptions): readonly string[] {
  if (method === undefined) return Object.keys(all);
  if (typeof method === 'string' && method in all) return [method];
  throw new Error(`--method takes one of ${Object.keys(all).join(', ')}`);
}

/** Results of this commit; a change that is not committed is not seen. */
function stateFolder({ state }: BenchOptions): string {
  if (typeof state === 'string') return state;
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  return join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'bench-methods', commit.slice(0, 12));
}

async function runSeed(bench: MethodBench, seed: number, state: string): Promise<SeedResult> {
  const files = join(state, `files-${bench.method}-${seed}`);
  mkdirSync(files, { recursive: true });
  const over = (await bench.prepare?.(files, seed)) ?? {};
  const { phantom, rounds, trainPairs, testPairs, own, controls } = bench;
  const optionsOf = ({ method, config }: Arm): ColumnOptions => ({
    ...{ method, phantom, seed, rounds, files, sites: phantomSiteNames(3) },
    config: { ...config, ...over, seed },
    ...(trainPairs === undefined ? {} : { trainPairs }),
    ...(testPairs === undefined ? {} : { testPairs }),
  });
  const done = <T>(what: string, arm: Arm, work: (options: ColumnOptions) => Promise<T>): Promise<T> =>
    kept(state, `${bench.method}, seed ${seed}, ${what}`, optionsOf(arm), work);
  const arms: Record<string, SeedResult['arms'][string]> = {};
  for (const arm of [own, ...controls]) arms[arm.name] = await done(arm.name, arm, federatedColumn);
  const pooled = await done('all data in one place', own, pooledColumn);
  const alone = await done('each hospital alone', own, aloneColumns);
  return { seed, arms, alone, pooled };
}

/** The result of a piece of work, computed once for the same options. */
async function kept<T>(
  state: string,
  what: string,
  options: ColumnOptions,
  work: (options: ColumnOptions) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify({ what, ...options, phantom: options.phantom.name, files: undefined });
  const path = join(state, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T; // as it was written below
  const began = performance.now();
  const result = await work(options);
  writeFileSync(`${path}.new`, JSON.stringify(result));
  renameSync(`${path}.new`, path);
  process.stderr.write(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}
