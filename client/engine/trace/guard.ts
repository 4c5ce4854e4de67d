/**
 * What a step must not do while it is traced, each with a sentence that says what to do instead. TensorFlow.js passes
 * every operation, read and variable through its one engine, so the guard stands there, for the time of the trace.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import { kernelTable } from '../kernels/table.ts';
import type { TraceBackend } from './backend.ts';

/** The operations of TensorFlow.js that draw numbers on the host, seeded or not. */
const randomOps = new Set(
  ['rand', 'randomGamma', 'randomNormal', 'randomStandardNormal', 'randomUniform', 'randomUniformInt']
    .concat(['truncatedNormal', 'multinomial', 'dropout'])
    .map((name) => `${name}__op`),
);

const declare = 'draw it on the host and declare it as an input of the program';

/** The methods of TensorFlow.js' engine that the guard stands in for. */
const watched = ['runKernel', 'startScope', 'makeVariable', 'readSync', 'read'] as const;

/** Runs `body` guarded. A refusal that the program swallows, or that it never awaits, still fails the trace. */
export function guarded<T>(backend: TraceBackend, body: () => T): T {
  const refusals: UsageError[] = [];
  const refuse = (...args: ConstructorParameters<typeof UsageError>): UsageError => {
    const error = new UsageError(...args);
    refusals.push(error);
    return error;
  };
  const random = Math.random.bind(Math);
  Math.random = () => {
    throw refuse('randomInStep', `the step calls Math.random: the compiled step would repeat one draw; ${declare}`);
  };
  watch(backend, refuse);
  try {
    const result = body();
    if (refusals[0] !== undefined) throw refusals[0];
    return result;
  } catch (error) {
    throw refusals[0] ?? error;
  } finally {
    for (const method of watched) Reflect.deleteProperty(tf.engine(), method); // the class's own are back
    Math.random = random;
  }
}

function watch(backend: TraceBackend, refuse: (...args: ConstructorParameters<typeof UsageError>) => UsageError): void {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const startScope = engine.startScope.bind(engine);
  const readSync = engine.readSync.bind(engine);
  const read = engine.read.bind(engine);
  const hostRead = (): UsageError =>
    refuse(
      'hostRead',
      'the step reads a tensor on the host (data, dataSync, array, arraySync, print): a compiled step cannot depend on ' +
        'values; keep it in tensor operations such as tf.where, or return it as an output',
    );
  engine.startScope = (name) => {
    if (name === undefined || !randomOps.has(name)) {
      startScope(name);
      return;
    }
    const op = name.replace('__op', '');
    throw refuse('randomInStep', `the step calls tf.${op}: the compiled step would repeat one draw; ${declare}`);
  };
  engine.makeVariable = () => {
    throw refuse('variableInStep', 'the step makes a tf.variable: declare it in the state and return its next value');
  };
  engine.runKernel = (kernel, inputs, attrs) => {
    if (Object.hasOwn(kernelTable, kernel)) return runKernel(kernel, inputs, attrs);
    throw refuse(
      'unknownKernel',
      `the step needs the kernel ${kernel}, which has no row in the kernel table; write it with those that have one: ` +
        Object.keys(kernelTable).sort().join(', '),
    );
  };
  engine.readSync = (dataId) => {
    if (backend.constantOf(dataId) !== false) return readSync(dataId);
    throw hostRead();
  };
  engine.read = (dataId) => {
    if (backend.constantOf(dataId) !== false) return read(dataId);
    hostRead();
    return new Promise(() => undefined); // perhaps nobody awaits it; the refusal fails the trace
  };
}
