/**
 * One round of the secure sum: its time in one process, serially, and its bytes at the socket. `--sites 10`,
 * `--parameters 1e6`, `--encryption none|stream|bgv`, `--runs R`, `--no-wire` for the time alone. See docs/explanation/speed.md.
 */
import { randomBytes } from 'node:crypto';
import { initialize } from 'node-seal';
import { Bgv } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import { stepOf } from '#shared/secagg/quantize';
import type { SumParameters } from '#shared/secagg/types';
import { planText } from '../../test/support/plan-text.ts';
import { study } from '../../test/support/study.ts';
import { spreadOf } from './samples.ts';
import type { RoundChoice } from './secure-sum/consortium.ts';
import { largeRound } from './secure-sum/large-vector.ts';
import { Meter } from './secure-sum/meter.ts';
import { runRound } from './secure-sum/round.ts';
import type { RoundSetup } from './secure-sum/round.ts';
import { VectorWork } from './secure-sum/vector-work.ts';
import type { Contributions } from './secure-sum/vector-work.ts';
import { wireBytes } from './secure-sum/wire-bytes.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

export const secureSum: Bench = {
  name: 'secure-sum',
  title: 'time of one round of the secure sum, and its bytes on the wire',
  run,
};

type Encryption = SumParameters['encryption'];

/** Asked for with 10 sites and 1e6 parameters. */
const secondsAsked: Readonly<Record<Encryption, number>> = { none: 0.4, stream: 0.5, bgv: 2.5 };
const bytesAsked: Readonly<Record<Encryption, { readonly up: number; readonly down: number | null }>> = {
  none: { up: 3.1, down: null },
  stream: { up: 4.05, down: 4.05 },
  bgv: { up: 8.1, down: 16.1 },
};
/** Above it every site has a process of its own, and memory is what is measured. */
const mostInOneProcess = 1e7;
/** As many sites and parameters, in one process, serially, on two cores of the same kind. */
const flower = { name: 'Flower 1.30 SecAgg+', value: 1.27, measured: 'docs/explanation/speed.md' };

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const sites = Number(options['sites'] ?? 10);
  const parameters = Number(options['parameters'] ?? 1e6);
  const encryption = toEncryption(options['encryption'] ?? 'none');
  const runs = Number(options['runs'] ?? 5);
  const choice = { maxSites: sites, length: parameters, sum: `  encryption: ${encryption}\n  clipNorm: 10` };
  if (parameters > mostInOneProcess) return largeFigures(encryption, choice);
  const plan = parsePlan(planText(choice));
  const isAsked = sites === 10 && parameters === 1e6;
  const figures = [...(await timeFigures(plan, runs, isAsked))];
  if (options['no-wire'] === undefined) figures.push(...(await wireFigures(encryption, choice, isAsked)));
  return figures;
}

/** Of the sites' own program. */
async function largeFigures(encryption: Encryption, choice: RoundChoice): Promise<readonly Figure[]> {
  const { sitePeakBytes, clockS } = await largeRound(choice);
  const common = { better: 'lower', reference: null } as const;
  const ratio = sitePeakBytes / (4 * choice.length);
  return [
    { ...common, name: `${encryption}: site's peak memory over its vector`, value: ratio, unit: '', reach: 3 },
    { ...common, name: `${encryption}: site's peak memory`, value: sitePeakBytes / 2 ** 20, unit: 'MiB', reach: null },
    { ...common, name: `${encryption}: round, clock`, value: clockS, unit: 's', reach: null },
  ];
}

/** At the socket, for each parameter and site. */
async function wireFigures(encryption: Encryption, choice: RoundChoice, isAsked: boolean): Promise<readonly Figure[]> {
  const { first, second } = await wireBytes(choice);
  const each = choice.maxSites * choice.length;
  const asked = bytesAsked[encryption];
  const bytes = (name: string, value: number, reach: number | null): Figure => ({
    name: `${encryption}: ${name}`,
    value,
    unit: 'B',
    better: 'lower',
    reach: isAsked ? reach : null,
    reference: isAsked ? { ...flower, value: 8 } : null,
  });
  return [
    bytes('bytes up for each parameter', second.up / each, asked.up),
    bytes('bytes down for each parameter', second.down / each, asked.down),
    bytes('bytes up in the first round of a key', first.up / each, null),
    bytes('bytes down in the first round of a key', first.down / each, null),
  ];
}

async function timeFigures(plan: Plan, runs: number, isAsked: boolean): Promise<readonly Figure[]> {
  const { encryption } = plan.sum;
  const parameters = toSumParameters(plan);
  const bgv = encryption === 'bgv' ? new Bgv(await initialize()) : null;
  const cipher = cipherOf({ crypto: nodeCrypto, parameters, bgv });
  const { setup, given } = consortium(plan, bgv?.makeKey() ?? (encryption === 'none' ? null : randomBytes(32)));
  const samples = [];
  for (let i = 0; i <= runs; i++) samples.push(await timedRound(setup, parameters, cipher, given));
  samples.shift(); // in which everything was compiled
  const reference = isAsked ? flower : null;
  const seconds = (name: string, value: number, reach: number | null): Figure => ({
    name: `${encryption}: ${name}`,
    value,
    unit: 's',
    better: 'lower',
    reach,
    reference,
  });
  const cpu = spreadOf(samples.map((sample) => sample.cpuS));
  const clock = spreadOf(samples.map((sample) => sample.clockS));
  return [
    seconds('round, CPU, median', cpu.median, isAsked ? secondsAsked[encryption] : null),
    seconds('round, CPU, least', cpu.min, null),
    seconds('round, clock, median', clock.median, null),
    seconds('round, clock, least', clock.min, null),
    ...stageFigures(samples.map(({ stages }) => stages)),
  ];
}

interface Sample {
  readonly cpuS: number;
  readonly clockS: number;
  readonly stages: ReadonlyMap<string, number>;
}

async function timedRound(
  setup: RoundSetup,
  parameters: SumParameters,
  cipher: Cipher,
  given: Contributions,
): Promise<Sample> {
  const meter = new Meter();
  const work = new VectorWork(parameters, cipher, given, meter);
  const cpuBefore = process.cpuUsage();
  const clockBefore = performance.now();
  await runRound(setup, work);
  const clockS = (performance.now() - clockBefore) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  expectMean(work.mean, given);
  const cpuMs = (user + system) / 1000;
  const stages = new Map<string, number>(meter.milliseconds);
  const inStages = [...stages.values()].reduce((sum, ms) => sum + ms, 0);
  return { cpuS: cpuMs / 1000, clockS, stages: stages.set('everything else', 1000 * clockS - inStages) };
}

/** Where the time went: the least of each stage. */
function stageFigures(rounds: readonly ReadonlyMap<string, number>[]): readonly Figure[] {
  return [...(rounds[0]?.keys() ?? [])].map((stage) => ({
    name: `of it: ${stage}, clock, least`,
    value: spreadOf(rounds.map((stages) => stages.get(stage) ?? 0)).min,
    unit: 'ms',
    better: 'lower',
    reach: null,
    reference: null,
  }));
}

/** Machines' configurations under a plan, a delta for every site, and the data key that they have. */
function consortium(
  { sum }: Plan,
  dataKey: Uint8Array | null,
): { readonly setup: RoundSetup; readonly given: Contributions } {
  const paper = study({ count: sum.maxSites, parameters: toSumParameters({ sum }) });
  const { names, coordinator } = paper;
  const keyHash = dataKey && nodeCrypto.sha256(dataKey);
  const binding = { ...coordinator.binding, keyHash };
  const [segment] = sum.segments;
  if (segment === undefined) throw new Error('the plan has no segment');
  const { clipNorm } = sum;
  return {
    setup: {
      coordinator: { ...coordinator, binding },
      sites: names.map((site) => ({ ...paper.siteConfig(site), binding })),
    },
    given: {
      segment,
      weighing: { clipNorm, weightCap: null, exampleCount: 1 },
      deltas: new Map(names.map((site, i) => [site, deltaOf(i, segment.length)])),
      dataKey,
    },
  };
}

/** Numbers that look like a delta: small, of both signs, a few beyond the range. */
function deltaOf(site: number, length: number): Float32Array {
  const words = new Uint32Array(length);
  nodeCrypto.keystream(new Uint8Array(32).fill(site)).fill(words);
  const delta = new Float32Array(length);
  for (let i = 0; i < length; i++) delta[i] = ((words[i]! / 2 ** 32 - 0.5) * site) / 1000;
  return delta;
}

/** That it was a sum: every mean is within one step. */
function expectMean(mean: Float32Array | undefined, { segment, deltas }: Contributions): void {
  if (mean === undefined) throw new Error('nobody opened the aggregate');
  const all = [...deltas.values()];
  const bound = stepOf(segment);
  for (let i = 0; i < mean.length; i += 97) {
    const exact = all.reduce((sum, delta) => sum + delta[i]!, 0) / all.length;
    if (Math.abs(mean[i]! - exact) > bound + 1e-6) throw new Error(`the mean of parameter ${i} is not the sites'`);
  }
}

function toEncryption(name: string | true): Encryption {
  if (name === 'none' || name === 'stream' || name === 'bgv') return name;
  throw new Error(`--encryption: expected none, stream or bgv, found ${String(name)}`);
}
