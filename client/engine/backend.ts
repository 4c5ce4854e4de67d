/** The one file that knows the native packages. @module */
import { createRequire } from 'node:module';
import { DependencyError } from '#shared/errors';
import type * as Ort from 'onnxruntime-node';

export type OrtModule = typeof Ort;

let ort: OrtModule | undefined;

/** ONNX Runtime. @throws DependencyError (missingDependency) if it is not installed or does not load. */
export function onnxRuntime(): OrtModule {
  if (ort !== undefined) return ort;
  try {
    ort = createRequire(import.meta.url)('onnxruntime-node') as OrtModule; // its own declarations
    return ort;
  } catch (cause) {
    throw new DependencyError(
      'missingDependency',
      'onnxruntime-node does not load: install again with ONNXRUNTIME_NODE_INSTALL=skip set, on linux, windows or an ' +
        'Apple processor; --engine reference runs without it, slowly',
      { cause },
    );
  }
}
