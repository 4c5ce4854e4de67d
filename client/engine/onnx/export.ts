/** A program as an ONNX file, its state inside as constants: for inference without this program, and for sharing. @module */
import { UsageError } from '#shared/errors';
import { fitting } from '../host-values.ts';
import { trace } from '../trace/record.ts';
import type { HostValues, StepProgram } from '../types.ts';
import { isNext, isState, plainName, wireName } from '../wire-names.ts';
import { body, portable } from './body.ts';
import { usedInputs } from './graph.ts';
import { model, tensor } from './protobuf.ts';

/**
 * The bytes of a model (opset 18, operators of ONNX alone) that computes the named outputs, or all of them, from those
 * inputs of the program that they need. Inputs and outputs have the program's names and static shapes.
 *
 * @throws UsageError (badArgument) if an output does not exist, or a state that it needs is missing or does not fit.
 */
export async function exportOnnx(
  program: StepProgram,
  state: HostValues,
  outputs?: readonly string[],
): Promise<Uint8Array> {
  const { recording } = await trace(program);
  const all = Object.keys(recording.outputs).filter((wire) => !isNext(wire));
  const results = Object.fromEntries(
    (outputs ?? all.map(plainName)).map((name) => {
      const value = recording.outputs[wireName.output(name)];
      if (value === undefined) throw new UsageError('badArgument', `the program has no output '${name}'`);
      return [name, value];
    }),
  );
  const used = Object.keys(usedInputs(recording, results));
  const weights = used.filter(isState).map((wire) => {
    const spec = program.state[plainName(wire)]!; // every state of the recording is the program's
    const values = fitting(`state '${plainName(wire)}'`, spec, state[plainName(wire)]);
    return tensor(wire, spec.shape, values, spec.dtype);
  });
  // Weights keep their wire names, which no name of the emitter can be; inputs and outputs get the program's.
  const renamed = Object.entries(recording.inputs).map(
    ([wire, value]) => [isState(wire) ? wire : plainName(wire), value] as const,
  );
  const inputs = used
    .filter((wire) => !isState(wire))
    .map((wire) => [plainName(wire), recording.inputs[wire]!] as const);
  const { parts } = body(
    { ...recording, inputs: Object.fromEntries(renamed), outputs: results },
    Object.fromEntries(inputs),
    results,
    '',
    { ...portable, standard: true },
  );
  return model({ ...parts, constants: [...weights, ...parts.constants] }, []);
}
