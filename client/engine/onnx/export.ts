/** A program as an ONNX file, its state inside as constants: for inference without this program, and for sharing. @module */
import { UsageError } from '#shared/errors';
import { fitting } from '../host-values.ts';
import { trace } from '../trace/record.ts';
import type { HostValues, StepProgram } from '../types.ts';
import { isNext, isState, plainName, wireName } from '../wire-names.ts';
import { type AnyBatch, forAnyBatch, type Sized } from './any-batch.ts';
import { type Ports, portable, written, type Written } from './body.ts';
import { usedInputs } from './graph.ts';
import { encodeNode } from './in-cache.ts';
import { model, port, tensor } from './protobuf.ts';

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
  const draft = await drafted(program, outputs);
  return encoded(draft, weightsOf(program, draft, state));
}

/** Sizes that are hardly an extent of anything else. */
const sizes = [101, 103, 107] as const;

/**
 * The same for batches of any size: `programOf` gives the program for one. The first axis of its inputs and outputs is
 * called `batch`.
 *
 * @throws UsageError (badArgument) likewise; (unsupported) if the size changes more than shapes (`any-batch.ts`)
 */
export async function exportOnnxForAnyBatch(
  programOf: (batch: number) => StepProgram,
  state: HostValues,
  outputs?: readonly string[],
): Promise<Uint8Array> {
  const sized = async (size: number): Promise<Sized & Draft> => ({
    ...(await drafted(programOf(size), outputs)),
    size,
  });
  const first = await sized(sizes[0]); // one after the other: tracing has one recorder
  const drafts = [first, await sized(sizes[1]), await sized(sizes[2])] as const;
  return encoded(forAnyBatch(drafts), weightsOf(programOf(sizes[0]), first, state));
}

/** A graph that is not encoded. */
interface Draft extends Written {
  readonly inputs: Ports;
  /** The wire names of the states that it needs. */
  readonly states: readonly string[];
}

async function drafted(program: StepProgram, outputs: readonly string[] | undefined): Promise<Draft> {
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
  // Weights keep their wire names, which no name of the emitter can be; inputs and outputs get the program's.
  const renamed = Object.entries(recording.inputs).map(
    ([wire, value]) => [isState(wire) ? wire : plainName(wire), value] as const,
  );
  const inputs = Object.fromEntries(
    used.filter((wire) => !isState(wire)).map((wire) => [plainName(wire), recording.inputs[wire]!] as const), // used ones are there
  );
  const named = { ...recording, inputs: Object.fromEntries(renamed), outputs: results };
  const graph = written(named, inputs, results, '', { ...portable, standard: true });
  return { ...graph, inputs, states: used.filter(isState) };
}

function weightsOf(program: StepProgram, { states }: Draft, state: HostValues): readonly Uint8Array[] {
  return states.map((wire) => {
    const name = plainName(wire);
    const spec = program.state[name]!; // every state of the recording is the program's
    return tensor(wire, spec.shape, fitting(`state '${name}'`, spec, state[name]), spec.dtype);
  });
}

function encoded({ nodes, constants, inputs, outputs }: AnyBatch, weights: readonly Uint8Array[]): Uint8Array {
  const ports = (all: AnyBatch['inputs']): Uint8Array[] => Object.entries(all).map(([name, spec]) => port(name, spec));
  const parts = { nodes: nodes.map(encodeNode), inputs: ports(inputs), outputs: ports(outputs) };
  return model({ ...parts, constants: [...weights, ...constants.map(({ bytes }) => bytes)] }, []);
}
