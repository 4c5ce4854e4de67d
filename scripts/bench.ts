/** `npm run bench -- NAME [--option value] [--json FILE]`: one benchmark; without a name, the list. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Bench, BenchOptions, Figure } from './bench/types.ts';

/** Loaded only when asked for: each brings its own heavy packages. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  methods: async () => (await import('./bench/methods.ts')).methods,
  federated: async () => (await import('./bench/federated.ts')).federated,
  'train-step': async () => (await import('./bench/train-step.ts')).trainStep,
  search: async () => (await import('./bench/search.ts')).search,
  masks: async () => (await import('./bench/masks.ts')).masks,
  'secure-sum': async () => (await import('./bench/secure-sum.ts')).secureSum,
  'coordinator-memory': async () => (await import('./bench/coordinator-memory.ts')).coordinatorMemory,
};

function parseOptions(args: readonly string[]): BenchOptions {
  const options: Record<string, string | true> = {};
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!;
    if (!name.startsWith('--')) throw new Error(`expected an option such as --seeds 3, found ${name}`);
    const value = args[i + 1];
    const bare = value === undefined || value.startsWith('--');
    options[name.slice(2)] = bare ? true : value;
    if (!bare) i++;
  }
  return options;
}

function reached({ value, better, reach }: Figure): boolean | null {
  if (reach === null) return null;
  return better === 'lower' ? value <= reach : value >= reach;
}

function environment(): Readonly<Record<string, string | number>> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.versions.node, commit };
}

function row(figure: Figure): string {
  const goal = figure.reach === null ? '' : `${figure.better === 'lower' ? '<=' : '>='} ${format(figure.reach)}`;
  const verdict = { true: 'reached', false: 'NOT reached', null: '' }[String(reached(figure)) as 'true'];
  const { reference } = figure;
  const beside =
    reference === null ? '' : `${reference.name}: ${format(reference.value)} ${figure.unit} (${reference.measured})`;
  return [
    figure.name.padEnd(52),
    `${format(figure.value)} ${figure.unit}`.padStart(16),
    goal.padEnd(10),
    verdict,
    beside,
  ]
    .join('  ')
    .trimEnd();
}

function format(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

const [name, ...rest] = process.argv.slice(2);
const load = name === undefined ? undefined : benches[name];
if (load === undefined) {
  if (name !== undefined) process.stderr.write(`no benchmark is called ${name} [badArgument]\n`);
  for (const [known, bench] of Object.entries(benches)) {
    process.stdout.write(`${known.padEnd(22)}${(await bench()).title}\n`);
  }
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const { json, ...options } = parseOptions(rest);
  const figures = await (await load()).run(options);
  for (const figure of figures) process.stdout.write(`${row(figure)}\n`);
  const result = {
    bench: name,
    environment: environment(),
    figures: figures.map((figure) => ({ ...figure, reached: reached(figure) })),
  };
  if (json === '-') process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (typeof json === 'string') writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}
