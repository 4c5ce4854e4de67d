/** The one file that knows the native packages. @module */
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';
import { DependencyError } from '#shared/errors';

export type OrtModule = typeof Ort;

const require = createRequire(import.meta.url);
let ort: OrtModule | undefined;

/** ONNX Runtime. @throws DependencyError (missingDependency) if it is not installed or does not load. */
export function onnxRuntime(): OrtModule {
  if (ort !== undefined) return ort;
  try {
    ort = require('onnxruntime-node') as OrtModule; // its own declarations
    ort.env.logLevel = 'fatal'; // what goes wrong is thrown as well
    return ort;
  } catch (cause) {
    throw new DependencyError(
      'missingDependency',
      'onnxruntime-node does not load: install again with ONNXRUNTIME_NODE_INSTALL=skip set, on Linux, Windows or an ' +
        'Apple processor; --engine reference runs without it, slowly',
      { cause },
    );
  }
}

/** TensorFlow's own library, as a backend of TensorFlow.js. */
export interface NativeTensorflow {
  /** The name to give `tf.setBackend`. */
  readonly backend: 'tensorflow';
  readonly usesGpu: boolean;
}

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
let native: Promise<NativeTensorflow> | undefined;

/** Loads tfjs-node-gpu or tfjs-node. @throws DependencyError (missingDependency) if neither is there and loads. */
export function nativeTensorflow(): Promise<NativeTensorflow> {
  native ??= loadTensorflow();
  return native;
}

async function loadTensorflow(): Promise<NativeTensorflow> {
  const tf = await import('@tensorflow/tfjs'); // here, because a worker of ONNX Runtime does not need it
  const reasons: string[] = [];
  const previous = tf.getBackend() as string | undefined; // nothing before the first operation
  restoreUtil();
  for (const name of packages) {
    try {
      await import(name);
      await tf.setBackend('tensorflow');
      const usesGpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true; // of NodeJSKernelBackend
      await tf.setBackend(previous ?? 'cpu');
      return { backend: 'tensorflow', usesGpu };
    } catch (error) {
      reasons.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new DependencyError(
    'missingDependency',
    `TensorFlow does not load (${reasons.join('; ')}): run npm run install-tensorflow, or choose --engine onnx`,
  );
}

/** tfjs-node 4.22 calls two functions of `util` that Node 23 removed. */
function restoreUtil(): void {
  const util = require('node:util') as Record<string, unknown>; // the object that tfjs-node will require, too
  util['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}

/** An error's first line. */
export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0]!; // split gives one at least
}
