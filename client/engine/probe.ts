/** Which engines work on this machine, and how fast: for the doctor. @module */
import * as tf from '@tensorflow/tfjs';
import { firstLine } from './backend.ts';
import { compile } from './compile.ts';
import { plainStep } from './transform/training-program.ts';
import type { EngineName, HostValues, StepProgram } from './types.ts';

/** How one engine answered. */
export type EngineProbe =
  | { readonly engine: EngineName; readonly works: true; readonly stepMs: number }
  | { readonly engine: EngineName; readonly works: false; readonly reason: string };

const engines: readonly EngineName[] = ['tensorflow-gpu', 'onnx', 'onnx-cuda', 'onnx-webgpu', 'reference'];
const width = 256;
const examples = 64;
const timedSteps = 5;

/** One training step of a network of two layers of 256, over 64 examples: 50 MFLOP. */
const fixedStep: StepProgram = plainStep({
  weights: { inner: { shape: [width, width], dtype: 'float32' }, outer: { shape: [width, width], dtype: 'float32' } },
  slots: {},
  batch: { x: { shape: [examples, width], dtype: 'float32' } },
  scalars: {},
  loss: ({ inner, outer }, { x }) => {
    const y = tf.matMul(tf.relu(tf.matMul(x!, inner!)), outer!);
    return tf.mean(tf.square(tf.sub(y, x!))).asScalar();
  },
  update: ({ weights, slots }, gradients) => ({
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [name, tf.sub(weight, tf.mul(gradients[name]!, 0.01))]),
    ),
    slots,
  }),
});

/** Tries every engine; the time is the least of five steps of a fixed network, after a first one. */
export async function probeEngines(threads = 1): Promise<readonly EngineProbe[]> {
  const probes: EngineProbe[] = [];
  for (const engine of engines) probes.push(await probe(engine, threads));
  return probes;
}

async function probe(engine: EngineName, threads: number): Promise<EngineProbe> {
  const lines: string[] = [];
  try {
    const runner = await compile(fixedStep, {
      engine,
      threads,
      worker: false,
      init,
      notify: (line) => lines.push(line),
    });
    const times: number[] = [];
    if (runner.engine === engine) {
      await runner.step(batch);
      for (let i = 0; i < timedSteps; i++) {
        const start = performance.now();
        await runner.step(batch);
        times.push(performance.now() - start);
      }
    }
    await runner.dispose();
    if (times.length > 0) return { engine, works: true, stepMs: Math.min(...times) };
    return { engine, works: false, reason: lines.join(' ') };
  } catch (error) {
    return { engine, works: false, reason: firstLine(error) };
  }
}

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i) / 16);
const init: HostValues = { inner: values(width * width), outer: values(width * width) };
const batch: HostValues = { x: values(examples * width) };
