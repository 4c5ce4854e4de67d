/**
 * From a program to a runner.
 *
 * A function cannot be posted to another thread, so the program is traced and its graph written where `compile` is
 * called, synchronously, for 0.1 s (2.7 million parameters) to 1 s; sessions and steps are the worker's. A caller whose
 * event loop must not stall at all calls `compile` in a worker thread of its own, with `worker: false`.
 *
 * @module
 */
import { firstLine, nativeTensorflow } from './backend.ts';
import { chooseEngine, fallbackOf } from './choose.ts';
import { portable } from './onnx/body.ts';
import { scanGraph, stepGraph } from './onnx/graph.ts';
import { fixReference } from './reference.ts';
import { blockSize } from './run/block-size.ts';
import { openEager } from './run/eager-machine.ts';
import { openOnnx } from './run/onnx-machine.ts';
import type { Compiled } from './run/onnx-machine.ts';
import { checkState, runnerOf } from './run/runner.ts';
import type { SessionSettings } from './run/session.ts';
import type { StateMachine } from './run/state-machine.ts';
import { openInWorker } from './run/worker-machine.ts';
import { trace } from './trace/record.ts';
import type { Recording } from './trace/recording.ts';
import type { CompileOptions, EngineName, Runner, StepProgram } from './types.ts';
import { isState } from './wire-names.ts';

/**
 * The program on an engine, its state filled from `options.init`.
 *
 * @throws UsageError (hostRead, outsideValue, randomInStep, variableInStep, unknownKernel, unsupported, badArgument) if
 * the step cannot be compiled; the sentence says what to change.
 * @throws DependencyError (missingDependency, noBackend) if the engine does not work here and none replaces it.
 */
export async function compile(program: StepProgram, options: CompileOptions = {}): Promise<Runner> {
  checkState(program, options.init ?? {});
  const { recording, fingerprint } = await trace(program);
  const notify = options.notify ?? ((line) => { process.emitWarning(line); }); // prettier-ignore
  const engine = await chooseEngine(options.engine ?? 'auto', notify);
  try {
    return runnerOf(program, engine, fingerprint, await open(program, recording, engine, options));
  } catch (error) {
    const fallback = fallbackOf(engine);
    if (fallback === undefined) throw error;
    notify(`engine ${fallback} instead of ${engine}: ${firstLine(error)}`);
    return runnerOf(program, fallback, fingerprint, await open(program, recording, fallback, options));
  }
}

/** The hash of the recorded program, 64 hex digits, without an engine. @throws UsageError as `compile`. */
export async function fingerprintOf(program: StepProgram): Promise<string> {
  return (await trace(program)).fingerprint;
}

async function open(
  program: StepProgram,
  recording: Recording,
  engine: EngineName,
  { init = {}, threads = 1, worker = true, stepsPerRun }: CompileOptions,
): Promise<StateMachine> {
  if (engine === 'tensorflow-gpu') return openEager(program, init, (await nativeTensorflow()).backend);
  if (engine === 'reference') return openEager(program, init, fixReference());
  const settings: SessionSettings = { engine, threads };
  const count = stepsPerRun ?? stepsPerRunOf[engine];
  const tuning = engine === 'onnx' ? { block: await blockSize(), cacheBytes } : portable;
  const step = stepGraph(recording, tuning);
  const isFed = Object.keys(step.inputs).some((wire) => !isState(wire)); // a Scan goes through something
  const compiled: Compiled = {
    state: program.state,
    inputs: program.inputs,
    step,
    ...(count > 1 && isFed ? { scan: { graph: scanGraph(recording, count, tuning), count } } : {}),
  };
  return worker ? openInWorker({ kind: 'start', compiled, init, settings }) : openOnnx(compiled, init, settings);
}

/**
 * A run copies the state once, on a GPU over the bus. Who takes many steps says so (`stepsPerRun`); a Scan is a session of
 * its own, beside that of the single step if both are needed.
 */
const stepsPerRunOf: Readonly<Record<SessionSettings['engine'], number>> = {
  onnx: 1,
  'onnx-cuda': 8,
  'onnx-webgpu': 1,
};

/**
 * Half a megabyte: measured with 2 MB of second-level cache per core, half and twice of it are as good. The same for any
 * number of threads, because the bits of a step may not depend on that.
 */
const cacheBytes = 2 ** 19;
