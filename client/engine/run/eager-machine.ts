/** A program run operation by operation by a backend of TensorFlow.js. @module */
import * as tf from '@tensorflow/tfjs';
import { zeros } from '../host-values.ts';
import type { HostValues, StepProgram, Tensors, TensorSpec } from '../types.ts';
import type { StateMachine } from './state-machine.ts';

/** The state as tensors of `backend`, which must be registered. The step runs in `tf.tidy`. */
export function openEager(program: StepProgram, init: HostValues, backend: string): StateMachine {
  let state: Record<string, tf.Tensor> = {};
  const put = (values: HostValues): void => {
    for (const [name, given] of Object.entries(values)) {
      const fresh = tensorOf(program.state[name]!, given);
      state[name]?.dispose();
      state[name] = fresh;
    }
  };
  const step = (batch: HostValues): HostValues => {
    const { next, outputs } = tf.tidy(() => {
      const inputs = Object.entries(program.inputs).map(
        ([name, spec]) => [name, tensorOf(spec, batch[name]!)] as const,
      );
      const made = program.step(state, Object.fromEntries(inputs));
      return { next: ownTensors(made.state), outputs: { ...made.outputs } };
    });
    const values = Object.entries(outputs).map(([name, tensor]) => [name, hostOf(tensor)] as const);
    const kept = new Set(Object.values(next));
    for (const tensor of [...Object.values(state), ...Object.values(outputs)]) if (!kept.has(tensor)) tensor.dispose();
    state = next;
    return Object.fromEntries(values);
  };
  on(backend, () => {
    put({ ...Object.fromEntries(Object.entries(program.state).map(([name, spec]) => [name, zeros(spec)])), ...init });
  });
  return {
    steps: (batches) => Promise.resolve(on(backend, () => batches.map(step))),
    read: (names) => {
      return Promise.resolve(on(backend, () => Object.fromEntries(names.map((name) => [name, hostOf(state[name]!)]))));
    },
    write: (values) => {
      on(backend, () => {
        put(values);
      });
      return Promise.resolve();
    },
    dispose: () => {
      on(backend, () => {
        tf.dispose(state);
      });
      return Promise.resolve();
    },
  };
}

/** One tensor per name, also where the step returns one under several. */
function ownTensors(tensors: Tensors): Record<string, tf.Tensor> {
  const seen = new Set<tf.Tensor>();
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const own = seen.has(tensor) ? tf.clone(tensor) : tensor;
      seen.add(tensor);
      return [name, own];
    }),
  );
}

/** Runs `body` with `backend` current. The backend exists, so the switch takes effect at once. */
function on<T>(backend: string, body: () => T): T {
  const previous = tf.getBackend();
  void tf.setBackend(backend);
  try {
    return body();
  } finally {
    void tf.setBackend(previous);
  }
}

function tensorOf({ shape, dtype }: TensorSpec, values: HostValues[string]): tf.Tensor {
  return tf.tensor(values.slice(), [...shape], dtype);
}

/** A copy on the host. The CPU backend keeps a cast whole number in the array that it had, so the type is made true. */
function hostOf(tensor: tf.Tensor): HostValues[string] {
  const values = tensor.dataSync();
  if (tensor.dtype === 'float32') return Float32Array.from(values);
  return tensor.dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);
}
