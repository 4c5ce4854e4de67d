/** Losses of given inputs with their gradients, run on an engine, for suites and for the tests of methods. @module */
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import { sizeOf } from '#client/engine/shapes';
import type { EngineName, HostValues, StepProgram, TensorSpec, Tensors } from '#client/engine/types';
import { number } from '../vector-input.ts';
import type { Json } from '../vectors.ts';

/** Values of one input with their shape. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Results by name, of any shape; the one that is differentiated is named `total` or, without it, `loss`. */
export type Parts = (inputs: Tensors) => Readonly<Record<string, tf.Tensor>>;

export interface LossCase {
  readonly inputs: Readonly<Record<string, Given>>;
  readonly parts: Parts;
  /** The inputs to differentiate by. Default none. */
  readonly by?: readonly string[];
}

/** Numbers nested to any depth, as a tensor of floats. */
export function floats(value: Json | undefined): Given {
  return { shape: shapeOf(value), values: Float32Array.from(flatten(value)) };
}

/** Numbers nested to any depth, as a tensor of whole numbers. */
export function whole(value: Json | undefined): Given {
  return { shape: shapeOf(value), values: Int32Array.from(flatten(value)) };
}

/** One whose elements are drawn by `draw`. */
export function drawn(shape: readonly number[], draw: () => number): Given {
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) };
}

/** The parts, nested like their shapes, and under `gradient` the derivative by each input of `by`. */
export async function runLoss(given: LossCase, engine: EngineName): Promise<Readonly<Record<string, unknown>>> {
  const shapes = new Map<string, readonly number[]>();
  const outputs = await withLoss(given, engine, (run) => run(given.inputs), shapes);
  const read = (name: string): unknown => nested(Array.from(outputs[name]!), shapes.get(name)!); // outputs all
  const parts = Object.keys(outputs).filter((name) => !name.startsWith('gradient.'));
  const gradient = (given.by ?? []).map((name): [string, unknown] => [name, read(`gradient.${name}`)]);
  return {
    ...Object.fromEntries(parts.map((name) => [name, read(name)])),
    ...(gradient.length === 0 ? {} : { gradient: Object.fromEntries(gradient) }),
  };
}

/** The same as flat host values, a gradient under `gradient.NAME`. */
export function lossOutputs(given: LossCase, engine: EngineName): Promise<HostValues> {
  return withLoss(given, engine, (run) => run(given.inputs));
}

/** Compiles the loss and its gradients once, for any values of the inputs' shapes. */
export async function withLoss<T>(
  { inputs, parts, by = [] }: LossCase,
  engine: EngineName,
  use: (run: (inputs: LossCase['inputs']) => Promise<HostValues>) => Promise<T>,
  shapes = new Map<string, readonly number[]>(),
): Promise<T> {
  const specs = Object.entries(inputs).map(([name, { shape, values }]): [string, TensorSpec] => [
    name,
    { shape, dtype: values instanceof Int32Array ? 'int32' : 'float32' },
  ]);
  const program: StepProgram = {
    state: {},
    inputs: Object.fromEntries(specs),
    step: (_state, given) => {
      const outputs = { ...parts(given), ...gradients(parts, given, by) };
      for (const [name, { shape }] of Object.entries(outputs)) shapes.set(name, shape);
      return { state: {}, outputs };
    },
  };
  const runner = await compile(program, { engine, worker: false });
  try {
    return await use((given) =>
      runner.step(Object.fromEntries(Object.entries(given).map(([name, { values }]) => [name, values]))),
    );
  } finally {
    await runner.dispose();
  }
}

function gradients(parts: Parts, inputs: Tensors, by: readonly string[]): Tensors {
  if (by.length === 0) return {};
  const loss = (...moved: tf.Tensor[]): tf.Scalar => {
    const made = parts({ ...inputs, ...Object.fromEntries(by.map((name, i) => [name, moved[i]!])) });
    return (made['total'] ?? made['loss']!).asScalar(); // one of them by contract
  };
  const grads = tf.grads(loss)(by.map((name) => inputs[name]!));
  return Object.fromEntries(by.map((name, i) => [`gradient.${name}`, grads[i]!]));
}

function shapeOf(value: Json | undefined): readonly number[] {
  if (!Array.isArray(value)) return [];
  const items = value as readonly Json[]; // Array.isArray narrows to any[]
  return [items.length, ...shapeOf(items[0])];
}

function flatten(value: Json | undefined): readonly number[] {
  return Array.isArray(value) ? (value as readonly Json[]).flatMap(flatten) : [number(value)];
}

function nested(flat: readonly number[], shape: readonly number[]): unknown {
  const [count, ...inner] = shape;
  if (count === undefined) return flat[0];
  const size = sizeOf(inner);
  return Array.from({ length: count }, (_, i) => nested(flat.slice(i * size, (i + 1) * size), inner));
}
