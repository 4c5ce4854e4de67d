/** Which engine runs what a person asked for, on this machine. @module */
import { firstLine, nativeTensorflow, onnxRuntime } from './backend.ts';
import type { EngineChoice, EngineName } from './types.ts';

/** Says in one line that another engine runs than the one asked for, and why. */
export type Notify = (line: string) => void;

/**
 * `auto` is TensorFlow where it is installed and finds a GPU, else ONNX Runtime, else the reference. Any other choice is
 * itself; whether it works shows when it opens.
 */
export async function chooseEngine(choice: EngineChoice, notify: Notify): Promise<EngineName> {
  if (choice !== 'auto') return choice;
  if (await hasGpuTensorflow()) return 'tensorflow-gpu';
  try {
    onnxRuntime();
    return 'onnx';
  } catch (error) {
    notify(`engine reference (slow): ${firstLine(error)}`);
    return 'reference';
  }
}

/** The engine to try when `engine` does not open: the providers of ONNX Runtime fall back to its CPU, nothing else does. */
export function fallbackOf(engine: EngineName): EngineName | undefined {
  return engine === 'onnx-cuda' || engine === 'onnx-webgpu' ? 'onnx' : undefined;
}

async function hasGpuTensorflow(): Promise<boolean> {
  try {
    return (await nativeTensorflow()).usesGpu;
  } catch {
    return false; // not installed, the usual case
  }
}
