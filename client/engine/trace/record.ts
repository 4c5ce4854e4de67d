/** Traces a program into a recording. @module */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { sameShape } from '../shapes.ts';
import type { StepProgram, TensorSpec, Tensors } from '../types.ts';
import { wireName } from '../wire-names.ts';
import { traceBackendName } from './backend-name.ts';
import { traceBackend } from './backend.ts';
import type { TraceBackend } from './backend.ts';
import { fingerprint } from './fingerprint.ts';
import { withLazyGradients } from './gradients.ts';
import { guarded } from './guard.ts';
import type { Recording, Value } from './recording.ts';

/** A recording and its hash. */
export interface Traced {
  readonly recording: Recording;
  readonly fingerprint: string;
}

/**
 * The program as recorded kernels. It is traced twice, and refused when the two differ: then it depends on something
 * that is neither a state, an input nor a fixed value (a counter, a clock).
 *
 * @throws UsageError (hostRead, outsideValue, randomInStep, variableInStep, unknownKernel, unsupported) as in `guard.ts`.
 */
export function trace(program: StepProgram): Promise<Traced> {
  return new Promise((resolve) => {
    resolve(traced(program)); // what it throws rejects
  });
}

function traced(program: StepProgram): Traced {
  const backend = traceBackend();
  const recording = record(backend, program);
  const hash = fingerprint(recording);
  if (fingerprint(record(backend, program)) === hash) return { recording, fingerprint: hash };
  throw new UsageError(
    'randomInStep',
    'two traces of the step differ: it uses a host value that changes (a counter, a clock, a draw); declare it as an input',
  );
}

/** The hash of the program as it would be traced now. */
export function retrace(program: StepProgram): string {
  return fingerprint(record(traceBackend(), program));
}

/** Synchronous: nothing else of this thread meets the trace backend. */
function record(backend: TraceBackend, program: StepProgram): Recording {
  const previous = tf.getBackend();
  void tf.setBackend(traceBackendName); // takes effect at once for a backend that is already made
  backend.begin();
  try {
    return guarded(backend, () => withLazyGradients(() => inTidy(() => recorded(backend, program))));
  } finally {
    backend.begin();
    void tf.setBackend(previous);
  }
}

/** `tf.tidy` would search its result for tensors; a recording has none, and is large. */
function inTidy(body: () => Recording): Recording {
  const results: Recording[] = [];
  tf.tidy(() => void results.push(body()));
  return results[0]!; // tidy has run the body, or thrown
}

function recorded(backend: TraceBackend, program: StepProgram): Recording {
  const inputs: Record<string, Value> = {};
  const declare = (specs: StepProgram['state'], wire: (name: string) => string): Tensors =>
    Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => {
        const { value, info } = backend.make(spec, { kind: 'input', name: wire(name) });
        inputs[wire(name)] = value;
        return [name, tf.engine().makeTensorFromTensorInfo(info, backend)];
      }),
    );
  const state = declare(program.state, wireName.state);
  const result = program.step(state, declare(program.inputs, wireName.input));
  if (result instanceof Promise) {
    throw new UsageError('hostRead', 'the step is an async function: make it return its tensors at once');
  }
  const outputs: Record<string, Value> = {};
  for (const [name, spec] of Object.entries(program.state)) {
    outputs[wireName.next(name)] = computed(backend, `state '${name}'`, result.state[name], spec);
  }
  for (const [name, tensor] of Object.entries(result.outputs)) {
    outputs[wireName.output(name)] = computed(backend, `output '${name}'`, tensor);
  }
  return { calls: backend.calls, inputs, outputs };
}

function computed(backend: TraceBackend, what: string, tensor: tf.Tensor | undefined, spec?: TensorSpec): Value {
  if (tensor === undefined) throw new UsageError('badArgument', `the step does not return ${what}: return every state`);
  const value = backend.symbolOf(tensor);
  if (value === undefined) {
    throw new UsageError(
      'outsideValue',
      `${what} of the step was made outside of it: compute it inside, or leave it out`,
    );
  }
  if (spec === undefined || (sameShape(spec.shape, value.shape) && spec.dtype === value.dtype)) return value;
  throw new UsageError(
    'badArgument',
    `the step returns ${what} as ${value.dtype} [${value.shape.join(', ')}], declared ${spec.dtype} [${spec.shape.join(', ')}]`,
  );
}
