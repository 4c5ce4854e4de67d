/** From a recording to an ONNX model: what the outputs need, in order; one step, or several in one `Scan`. @module */
import { InvariantError } from '#shared/errors';
import { kernelTable } from '../kernels/table.ts';
import { sameShape } from '../shapes.ts';
import type { KernelCall, Recording, Value } from '../trace/recording.ts';
import type { TensorSpec } from '../types.ts';
import { isNext, isState, plainName, wireName } from '../wire-names.ts';
import { Emitter } from './emitter.ts';
import type { Term } from './emitter.ts';
import { graph, model, node, port } from './protobuf.ts';
import type { GraphParts } from './protobuf.ts';

type Ports = Readonly<Record<string, TensorSpec>>;

/** A model and its interface by wire names. */
export interface Graph {
  readonly model: Uint8Array;
  readonly inputs: Ports;
  readonly outputs: Ports;
}

/** The names of the states that the step returns as they came in: they need not cross the graph. */
export function unchangedStates({ inputs, outputs }: Recording): string[] {
  return Object.keys(outputs)
    .filter(isNext)
    .map(plainName)
    .filter((name) => outputs[wireName.next(name)]!.id === inputs[wireName.state(name)]!.id);
}

/**
 * One step. Unchanged states are inputs and no outputs. Convolutions are written for blocks of so many floats, or as
 * ONNX has them.
 */
export function stepGraph(recording: Recording, block = 0): Graph {
  const outputs = liveOutputs(recording);
  const inputs = usedInputs(recording, outputs);
  return { model: model(body(recording, inputs, outputs, '', block)), inputs, outputs };
}

/**
 * `count` steps in one run: the step is the body of an ONNX `Scan`. States that change are carried from step to step,
 * unchanged ones are seen from outside, batches and outputs are stacked along a new first axis.
 */
export function scanGraph(recording: Recording, count: number, block = 0): Graph {
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
    body: graph(body(recording, bodyInputs, bodyOutputs, inside, block)),
    num_scan_inputs: Object.keys(bodyInputs).length - carried.length,
  });
  const stacked = (ports: Ports, whole: (name: string) => boolean): Ports =>
    mapPorts(ports, (name, { shape, dtype }) => ({ shape: whole(name) ? shape : [count, ...shape], dtype }));
  const outer = { ...stacked(bodyInputs, isState), ...pick(inputs, [...frozen].filter((name) => name in inputs)) }; // prettier-ignore
  const results = stacked(bodyOutputs, isNext);
  const parts = { nodes: [scan], constants: [], inputs: portsOf(outer), outputs: portsOf(results) };
  return { model: model(parts), inputs: outer, outputs: results };
}

/** The nodes that compute `outputs`. Inside a Scan its own inputs and outputs have a prefix. */
function body(recording: Recording, inputs: Ports, outputs: Ports, prefix: string, block: number): GraphParts {
  const emitter = new Emitter(block);
  const terms = new Map<number, Term>();
  const local = (name: string): string => (name in inputs ? prefix : '') + name;
  for (const [name, { id, shape, dtype }] of Object.entries(recording.inputs)) {
    terms.set(id, emitter.term(local(name), shape, dtype));
  }
  const results = Object.keys(outputs).map((name) => recording.outputs[name]!);
  for (const call of liveCalls(recording, results)) emit(emitter, call, terms);
  const nodes = Object.keys(outputs).map((name, i) =>
    node('Identity', [emitter.full(termOf(emitter, results[i]!, terms))], [prefix + name]),
  );
  return {
    nodes: [...emitter.nodes, ...nodes],
    constants: emitter.constants,
    inputs: portsOf(mapNames(inputs, prefix)),
    outputs: portsOf(mapNames(outputs, prefix)),
  };
}

function emit(emitter: Emitter, call: KernelCall, terms: Map<number, Term>): void {
  const inputs = Object.fromEntries(
    Object.entries(call.inputs).map(([name, value]) => [name, termOf(emitter, value, terms)]),
  );
  const made = kernelTable[call.kernel]!.emit(emitter, { ...call, inputs, out: call.outputs[0]! }); // traced by its row
  for (const [i, value] of call.outputs.entries()) {
    const term = made[i];
    if (term === undefined || !sameShape(term.shape, value.shape) || term.dtype !== value.dtype) {
      const got = term === undefined ? 'nothing' : `${term.dtype} [${String(term.shape)}]`;
      throw new InvariantError(
        'unreachable',
        `the row of ${call.kernel} inferred ${value.dtype} [${String(value.shape)}] and emitted ${got}`,
      );
    }
    terms.set(value.id, term);
  }
}

/** A tensor may be seen in another shape than it was computed in. */
function termOf(emitter: Emitter, value: Value, terms: Map<number, Term>): Term {
  let term = terms.get(value.id);
  if (term === undefined && value.source.kind === 'constant') {
    term = emitter.constant(value.source.data, value);
    terms.set(value.id, term);
  }
  if (term === undefined) throw new InvariantError('unreachable', 'a recorded value is used before it is computed');
  return sameShape(term.shape, value.shape) ? term : emitter.reshape(term, value.shape);
}

/** The calls that the results need, in the order of the recording. */
function liveCalls(recording: Recording, results: readonly Value[]): KernelCall[] {
  const live = new Set<KernelCall>();
  const open = [...results];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value.source.kind !== 'call' || live.has(value.source.call)) continue;
    live.add(value.source.call);
    open.push(...Object.values(value.source.call.inputs));
  }
  return recording.calls.filter((call) => live.has(call));
}

function liveOutputs(recording: Recording): Readonly<Record<string, Value>> {
  const unchanged = new Set(unchangedStates(recording).map(wireName.next));
  return Object.fromEntries(Object.entries(recording.outputs).filter(([name]) => !unchanged.has(name)));
}

/** The inputs that some result needs: ONNX Runtime would refuse a value for one that is used nowhere. */
function usedInputs(recording: Recording, outputs: Readonly<Record<string, Value>>): Ports {
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

function mapNames(ports: Ports, prefix: string): Ports {
  return Object.fromEntries(Object.entries(ports).map(([name, spec]) => [prefix + name, spec]));
}

function portsOf(ports: Ports): Uint8Array[] {
  return Object.entries(ports).map(([name, spec]) => port(name, spec));
}
