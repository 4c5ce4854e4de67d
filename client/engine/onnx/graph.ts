/** From a recording to an ONNX model: what the outputs need, in order; one step, or several in one `Scan`. @module */
import { isNext, isState, plainName, wireName } from '../wire-names.ts';
import type { Recording, Value } from '../trace/recording.ts';
import type { TensorSpec } from '../types.ts';
import { body, liveCalls, portable, portsOf } from './body.ts';
import type { Ports } from './body.ts';
import { graph, model, node } from './protobuf.ts';

/** A model and its interface by wire names. */
export interface Graph {
  readonly model: Uint8Array;
  readonly inputs: Ports;
  /** With the shapes that the model gives them: a state may come in other axes than the program's. */
  readonly outputs: Ports;
}

/** The names of the states that the step returns as they came in: they need not cross the graph. */
export function unchangedStates({ inputs, outputs }: Recording): string[] {
  return Object.keys(outputs)
    .filter(isNext)
    .map(plainName)
    .filter((name) => outputs[wireName.next(name)]!.id === inputs[wireName.state(name)]!.id);
}

/** One step. Unchanged states are inputs and no outputs. */
export function stepGraph(recording: Recording, tuning = portable): Graph {
  const outputs = liveOutputs(recording);
  const inputs = usedInputs(recording, outputs);
  const { parts, outputs: given } = body(recording, inputs, outputs, '', tuning);
  return { model: model(parts), inputs, outputs: given };
}

/**
 * `count` steps in one run: the step is the body of an ONNX `Scan`. States that change are carried from step to step,
 * unchanged ones are seen from outside, batches and outputs are stacked along a new first axis.
 */
export function scanGraph(recording: Recording, count: number, tuning = portable): Graph {
  const outputs = liveOutputs(recording);
  const inputs = usedInputs(recording, outputs);
  const frozen = new Set(unchangedStates(recording).map(wireName.state));
  const carried = Object.keys(recording.inputs).filter((name) => isState(name) && !frozen.has(name));
  const bodyInputs = pick(recording.inputs, [...carried, ...Object.keys(inputs).filter((name) => !isState(name))]);
  const bodyOutputs = pick(outputs, [
    ...carried.map((name) => wireName.next(plainName(name))),
    ...Object.keys(outputs).filter((name) => !isNext(name)),
  ]);
  const inside = 'inside/';
  const scan = node('Scan', Object.keys(bodyInputs), Object.keys(bodyOutputs), {
    body: graph(body(recording, bodyInputs, bodyOutputs, inside, tuning).parts),
    num_scan_inputs: Object.keys(bodyInputs).length - carried.length,
  });
  const stacked = (ports: Ports, whole: (name: string) => boolean): Ports =>
    mapPorts(ports, (name, { shape, dtype }) => ({ shape: whole(name) ? shape : [count, ...shape], dtype }));
  const outer = { ...stacked(bodyInputs, isState), ...pick(inputs, [...frozen].filter((name) => name in inputs)) }; // prettier-ignore
  const results = stacked(bodyOutputs, isNext);
  const parts = { nodes: [scan], constants: [], inputs: portsOf(outer), outputs: portsOf(results) };
  return { model: model(parts), inputs: outer, outputs: results };
}

function liveOutputs(recording: Recording): Readonly<Record<string, Value>> {
  const unchanged = new Set(unchangedStates(recording).map(wireName.next));
  return Object.fromEntries(Object.entries(recording.outputs).filter(([name]) => !unchanged.has(name)));
}

/** The inputs that some result needs: ONNX Runtime would refuse a value for one that is used nowhere. */
export function usedInputs(recording: Recording, outputs: Readonly<Record<string, Value>>): Ports {
  const used = new Set(Object.values(outputs).map(({ id }) => id));
  for (const call of liveCalls(recording, Object.values(outputs))) {
    for (const { id } of Object.values(call.inputs)) used.add(id);
  }
  return Object.fromEntries(Object.entries(recording.inputs).filter(([, { id }]) => used.has(id)));
}

function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, all[name]!])); // the names are keys of `all`
}

function mapPorts(ports: Ports, change: (name: string, spec: TensorSpec) => TensorSpec): Ports {
  return Object.fromEntries(Object.entries(ports).map(([name, spec]) => [name, change(name, spec)]));
}
