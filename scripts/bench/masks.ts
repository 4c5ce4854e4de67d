/**
 * Nanoseconds of one 32-bit element and one mask: AES-256-CTR and the addition, as a site does it. `--elements N`,
 * `--masks K`, `--runs R`. Beside it `openssl speed` for the cipher alone, where it is installed.
 */
import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { nodeCrypto } from '#shared/crypto/node';
import { kernel } from '#shared/secagg/kernel/kernel';
import { addMasks } from '#shared/secagg/mask';
import { blockWords, plainKernel } from '#shared/secagg/kernel/plain-kernel';
import type { Kernel } from '#shared/secagg/kernel/plain-kernel';
import type { Mask } from '#shared/secagg/types';
import type { MaskWork } from './mask-worker.ts';
import { clockNs, spreadOf, timesOf } from './samples.ts';
import type { Spread } from './samples.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

export const masks: Bench = { name: 'masks', title: 'time of one element and one mask', run };

const unit = 'ns';
/** proto/spec/secure-sum.md: at most so much for one element and one mask. */
const reach = 1.3;

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const number = (name: string, otherwise: number): number => Number(options[name] ?? otherwise);
  const sizes = options['elements'] === undefined ? [1e6, 1e7] : [number('elements', 0)];
  const count = number('masks', 10);
  const runs = number('runs', 9);
  const some = Array.from({ length: count }, (_, i): Mask => ({ seed: seedOf(i), sign: i % 2 === 0 ? 1 : -1 }));
  const limit = cipherAlone();
  const figures: Figure[] = [];
  for (const size of sizes) figures.push(...(await oneThread(size, some, runs, limit)));
  figures.push(...(await twoWorkers(sizes.at(-1) ?? 0, some, runs)), ...(await additionAlone()));
  return figures;
}

async function oneThread(
  size: number,
  some: readonly Mask[],
  runs: number,
  limit: Figure['reference'],
): Promise<readonly Figure[]> {
  const vector = new Uint32Array(size);
  const { cpuNs, wallNs } = await timesOf(runs, () => {
    addMasks(nodeCrypto, vector, some);
  });
  const each = size * some.length;
  return [
    figure(`CPU, ${named(size)} elements, median`, cpuNs.median / each, reach, limit),
    figure(`CPU, ${named(size)} elements, least`, cpuNs.min / each, null, limit),
    ...byTheClock(`${named(size)} elements`, wallNs, each, limit),
  ];
}

/** Whether a second core pays: both halves at once, each from its own place of the keystreams, in turn with one thread. */
async function twoWorkers(size: number, some: readonly Mask[], runs: number): Promise<readonly Figure[]> {
  const vector = new SharedArrayBuffer(4 * size);
  const half = 4 * Math.ceil(size / 8);
  const parts = [
    { firstWord: 0, wordCount: half },
    { firstWord: half, wordCount: size - half },
  ];
  const workers = parts.map((part) => {
    const workerData: MaskWork = { vector, ...part, masks: some };
    return new Worker(new URL('mask-worker.ts', import.meta.url), { workerData });
  });
  const whole = new Uint32Array(vector);
  try {
    const alone: number[] = [];
    const both: number[] = [];
    for (let i = 0; i < runs; i++) {
      alone.push(
        await clockNs(() => {
          addMasks(nodeCrypto, whole, some);
        }),
      );
      both.push(await clockNs(() => Promise.all(workers.map(answered))));
    }
    const [one, two] = [spreadOf(alone), spreadOf(both)];
    return [
      ...byTheClock(`${named(size)} elements, two workers`, two, size * some.length, null),
      {
        name: 'two workers over one thread, least',
        value: one.min / two.min,
        unit: 'x',
        better: 'higher',
        reach: null,
        reference: null,
      },
    ];
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answered(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => {
      resolve();
    });
    worker.once('error', reject);
    worker.postMessage('go');
  });
}

/** Without the cipher: what WebAssembly gains over JavaScript. */
async function additionAlone(): Promise<readonly Figure[]> {
  const compiled = await additionOf(kernel);
  const plain = await additionOf(plainKernel());
  const reference = { name: 'JavaScript', value: plain, measured: 'this run' };
  return [figure('the addition alone, in WebAssembly', compiled, null, reference)];
}

async function additionOf(of: Kernel): Promise<number> {
  const times = 2000;
  const { cpuNs } = await timesOf(5, () => {
    for (let i = 0; i < times; i++) of.add(blockWords);
  });
  return cpuNs.median / times / blockWords;
}

/** `openssl speed` in CPU time, for 4 bytes; null where there is no openssl. */
function cipherAlone(): Figure['reference'] {
  try {
    const args = ['speed', '-seconds', '1', '-bytes', '65536', '-evp', 'aes-256-ctr'];
    const said = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [, thousands] = /^AES-256-CTR\s+([\d.]+)k/im.exec(said) ?? [];
    if (thousands === undefined) return null;
    return { name: 'openssl speed, the cipher alone', value: 4e6 / Number(thousands), measured: 'this run' };
  } catch {
    return null;
  }
}

function byTheClock(of: string, wallNs: Spread, each: number, limit: Figure['reference']): readonly Figure[] {
  return [
    figure(`clock, ${of}, median`, wallNs.median / each, null, limit),
    figure(`clock, ${of}, least`, wallNs.min / each, null, limit),
  ];
}

function figure(name: string, value: number, asked: number | null, reference: Figure['reference']): Figure {
  return { name, value, unit, better: 'lower', reach: asked, reference };
}

function named(size: number): string {
  return size.toExponential().replace('e+', 'e');
}

function seedOf(i: number): Uint8Array {
  return new Uint8Array(32).fill(i);
}
