/** One row of the kernel table: what shapes a kernel of TensorFlow.js gives, and its ONNX. @module */
import type { Emitter, Term } from '../onnx/emitter.ts';
import type { TensorSpec } from '../types.ts';

type Named<Name extends string, T> = Readonly<Record<Name, T>>;

/** What a row emits from: its inputs in the graph, its attributes, and the shapes that it inferred. */
export interface Site<Name extends string, Attrs> {
  readonly inputs: Named<Name, Term>;
  readonly attrs: Attrs;
  readonly outputs: readonly TensorSpec[];
  /** The first output. */
  readonly out: TensorSpec;
}

export interface KernelRow {
  /** Whether TensorFlow.js expects one tensor or a list from the kernel. */
  readonly outputs: 'one' | 'list';
  /** The outputs' shapes and types; never a value, so a trace costs no arithmetic. */
  infer(inputs: Named<string, TensorSpec>, attrs: Readonly<Record<string, unknown>>): readonly TensorSpec[];
  emit(emitter: Emitter, site: Site<string, Readonly<Record<string, unknown>>>): readonly Term[];
}

/** A row of a kernel with one output. Optional inputs are read with `has`. */
export function row<Name extends string, Attrs>(
  infer: (inputs: Named<Name, TensorSpec>, attrs: Attrs) => TensorSpec,
  emit: (emitter: Emitter, site: Site<Name, Attrs>) => Term,
): KernelRow {
  return {
    ...rows<Name, Attrs>(
      (inputs, attrs) => [infer(inputs, attrs)],
      (e, site) => [emit(e, site)],
    ),
    outputs: 'one',
  };
}

/** A row of a kernel with a list of outputs. */
export function rows<Name extends string, Attrs>(
  infer: (inputs: Named<Name, TensorSpec>, attrs: Attrs) => readonly TensorSpec[],
  emit: (emitter: Emitter, site: Site<Name, Attrs>) => readonly Term[],
): KernelRow {
  // TensorFlow.js gives each kernel the inputs and attributes that its declaration names.
  return { outputs: 'list', infer: infer as KernelRow['infer'], emit: emit as KernelRow['emit'] };
}

/** An optional input, which TensorFlow.js leaves out. */
export function optional<T>(inputs: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(inputs, name) ? inputs[name] : undefined;
}
