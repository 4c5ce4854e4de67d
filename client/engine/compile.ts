/** From a program to a runner. @module */
import { stepGraph } from './onnx/graph.ts';
import { openOnnx } from './run/onnx-runner.ts';
import { runnerOf } from './run/runner.ts';
import { openEager } from './run/eager-runner.ts';
import { trace } from './trace/record.ts';
import type { CompileOptions, Runner, StepProgram } from './types.ts';

/**
 * The program on an engine, its state filled from `options.init`.
 *
 * @throws UsageError (hostRead, outsideValue, randomInStep, variableInStep, unknownKernel, unsupported, badArgument) if
 * the step cannot be compiled; the sentence says what to change.
 */
export async function compile(program: StepProgram, options: CompileOptions = {}): Promise<Runner> {
  const { recording, fingerprint } = await trace(program);
  const { init = {}, threads = 1 } = options;
  if (options.engine === 'reference') {
    return runnerOf(program, 'reference', fingerprint, openEager(program, init, 'cpu'));
  }
  const compiled = { state: program.state, inputs: program.inputs, step: stepGraph(recording) };
  return runnerOf(program, 'onnx', fingerprint, await openOnnx(compiled, init, { engine: 'onnx', threads }));
}

/** The hash of the recorded program, 64 hex digits, without an engine. @throws UsageError as `compile`. */
export async function fingerprintOf(program: StepProgram): Promise<string> {
  return (await trace(program)).fingerprint;
}
