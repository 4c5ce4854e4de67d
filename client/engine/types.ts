/**
 * Programs and runners. A program is a pure function in TensorFlow.js operations, from a state and a batch to the next
 * state and some outputs; a runner is that program on an engine. Nothing outside `client/engine` knows which engine runs.
 *
 * @module
 */
import type * as tf from '@tensorflow/tfjs';

/** Shape and type of one tensor. Shapes are static: a program is compiled for them. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** Symbolic or real tensors by name. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** Host values by name; bool is a Uint8Array of 0 and 1. */
export type HostValues = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;

/**
 * A training step, an evaluation, an embedding or an inference. `step` is traced: it reads no value back, draws nothing
 * random, makes no variable, and what changes from call to call (batch, learning rate, step number, masks) is an input.
 * An evaluation returns its state unchanged.
 */
export interface StepProgram {
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  step(state: Tensors, inputs: Tensors): { readonly state: Tensors; readonly outputs: Tensors };
}

export type EngineName = 'tensorflow-gpu' | 'onnx' | 'onnx-cuda' | 'onnx-webgpu' | 'reference';

/** What a person may ask for. */
export type EngineChoice = 'auto' | EngineName;

export interface CompileOptions {
  readonly engine?: EngineChoice;
  /** Threads of the numeric library. Default 1. */
  readonly threads?: number;
  /** Initial values of the state by name; what is missing starts at zero. */
  readonly init?: HostValues;
  /** Run in a worker thread, so that the caller's event loop stays free. Default true. */
  readonly worker?: boolean;
  /** Steps that `steps` hands to the runtime at once; the results are bit-equal. Default 1, on onnx-cuda 8. */
  readonly stepsPerRun?: number;
  /** Gets one line when another engine runs than the one asked for. Default a warning of the process. */
  readonly notify?: (line: string) => void;
}

/** A compiled program with its state. Calls run one after the other. */
export interface Runner {
  readonly engine: EngineName;
  /** Hash of the recorded program, 64 hex digits: the same for every engine, thread count and machine. */
  readonly fingerprint: string;
  /** One step; the outputs by name. */
  step(batch: HostValues): Promise<HostValues>;
  /** One step per batch, in one call of the runtime where it can; the outputs of each. */
  steps(batches: readonly HostValues[]): Promise<readonly HostValues[]>;
  /** Copies of the named state values, or of all. */
  readState(names?: readonly string[]): Promise<HostValues>;
  /** Overwrites the named state values; the others stay. */
  writeState(values: HostValues): Promise<void>;
  dispose(): Promise<void>;
}
