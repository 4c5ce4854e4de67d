/**
 * A TensorFlow.js backend that computes nothing: it hands out symbolic tensors and writes down which kernel was asked
 * for. TensorFlow.js builds forward pass, gradients and optimiser on it as on any other.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { kernelTable } from '../kernels/table.ts';
import { sameShape } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { traceBackendName } from './backend-name.ts';
import type { HostData, KernelCall, Value } from './recording.ts';

class TraceBackend extends tf.KernelBackend {
  calls: KernelCall[] = [];
  private values = new WeakMap<object, Value>();
  private count = 0;

  /** Starts a new recording, in which ids count from zero. */
  begin(): void {
    this.calls = [];
    this.values = new WeakMap();
    this.count = 0;
  }

  make(spec: TensorSpec, source: Value['source']): { value: Value; info: tf.TensorInfo } {
    const value: Value = { id: this.count++, shape: [...spec.shape], dtype: spec.dtype, source };
    const dataId = {};
    this.values.set(dataId, value);
    return { value, info: { dataId, shape: [...spec.shape], dtype: spec.dtype } };
  }

  /** The value behind a tensor, or nothing when another backend holds it. */
  symbolOf(tensor: tf.TensorInfo): Value | undefined {
    const value = this.values.get(tensor.dataId);
    return value === undefined || sameShape(value.shape, tensor.shape) ? value : { ...value, shape: tensor.shape };
  }

  /** What the program wrote under this id, or nothing when it is computed. */
  constantOf(dataId: object): HostData | false {
    const source = this.values.get(dataId)?.source;
    return source?.kind === 'constant' ? source.data : false;
  }

  override write(values: tf.backend_util.BackendValues | null, shape: number[], dtype: tf.DataType): tf.DataId {
    const spec = { shape, dtype: numeric(dtype) };
    return this.make(spec, { kind: 'constant', data: hostData(values, spec) }).info.dataId;
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const value = this.values.get(dataId);
    const data = this.constantOf(dataId);
    // The guard of the trace refuses every read of a computed value before it comes here.
    return data !== false && data !== undefined ? data : new Float32Array(value?.shape.reduce((a, b) => a * b, 1) ?? 0);
  }

  override disposeData(): boolean {
    return true;
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {
    // A symbolic tensor has one reference, and nothing to free.
  }
  override numDataIds(): number {
    return this.count;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {
    this.begin();
  }
}

export type { TraceBackend };

let backend: TraceBackend | undefined;

/** The one trace backend of this thread, its kernels registered from the table. */
export function traceBackend(): TraceBackend {
  if (backend !== undefined) return backend;
  const made = new TraceBackend();
  const previous = tf.getBackend() as string | undefined; // undefined before the first operation of a process
  tf.registerBackend(traceBackendName, () => made, 0);
  for (const kernel of Object.keys(kernelTable)) registerKernel(made, kernel);
  void tf.setBackend(traceBackendName); // both take effect at once: neither backend starts asynchronously
  void tf.setBackend(previous ?? 'cpu');
  return (backend = made);
}

function registerKernel(made: TraceBackend, kernelName: string): void {
  const row = kernelTable[kernelName]!; // the name comes from the table
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) => {
    const values = valuesOf(made, kernelName, inputs);
    const outputs: Value[] = [];
    const call: KernelCall = { kernel: kernelName, inputs: values, attrs: attrs ?? {}, outputs };
    const infos = row.infer(values, call.attrs).map((spec) => {
      const { value, info } = made.make(spec, { kind: 'call', call });
      outputs.push(value);
      return info;
    });
    made.calls.push(call);
    return infos.length === 1 && row.outputs === 'one' ? infos[0]! : infos;
  };
  tf.registerKernel({ kernelName, backendName: traceBackendName, kernelFunc });
}

function valuesOf(made: TraceBackend, kernel: string, inputs: tf.NamedTensorInfoMap): Record<string, Value> {
  const out: Record<string, Value> = {};
  for (const [name, tensor] of Object.entries(inputs) as [string, tf.TensorInfo | null | undefined][]) {
    if (tensor === null || tensor === undefined) continue; // an optional input that was not given
    const value = made.symbolOf(tensor);
    if (value === undefined) {
      throw new UsageError(
        'outsideValue',
        `${kernel} got a tensor of shape [${tensor.shape.join(', ')}] that was made outside the step: declare it as a ` +
          'state or an input of the program, or make it inside from host values',
      );
    }
    out[name] = value;
  }
  return out;
}

function numeric(dtype: tf.DataType): TensorSpec['dtype'] {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new UsageError('unsupported', `a compiled step has float32, int32 and bool tensors, not ${dtype}`);
}

function hostData(values: tf.backend_util.BackendValues | null, spec: TensorSpec): HostData {
  if (values === null) return undefined;
  const numbers = values as ArrayLike<number>; // `numeric` has refused strings
  if (spec.dtype === 'float32') return Float32Array.from(numbers);
  return spec.dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}
