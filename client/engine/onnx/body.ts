/** The nodes of a graph: what some outputs of a recording need, in order. @module */
import { InvariantError } from '#shared/errors';
import { kernelTable } from '../kernels/table.ts';
import { sameShape } from '../shapes.ts';
import type { KernelCall, Recording, Value } from '../trace/recording.ts';
import type { TensorSpec } from '../types.ts';
import { addInProduct } from './add-in-product.ts';
import { Emitter } from './emitter.ts';
import type { Constant, Term } from './emitter.ts';
import { encodeNode, inCache } from './in-cache.ts';
import type { CacheSettings, NodeRecord } from './in-cache.ts';
import { port } from './protobuf.ts';
import type { GraphParts } from './protobuf.ts';

/** What a graph is written for. */
export interface Tuning {
  /** Floats per block of ONNX Runtime's convolutions, 0 for those of ONNX. */
  readonly block: number;
  /** How large a tensor may be that should stay in the processor's cache, 0 to leave every node by itself. */
  readonly cacheBytes: number;
  /** Whether operators of ONNX have to do, for inference in any runtime. */
  readonly standard?: boolean;
}

/** A graph for any version of ONNX Runtime. */
export const portable: Tuning = { block: 0, cacheBytes: 0 };

export type Ports = Readonly<Record<string, TensorSpec>>;

/** A graph's parts, and the shapes that its outputs have. */
export interface Body {
  readonly parts: GraphParts;
  readonly outputs: Ports;
}

/** A graph before it is encoded, and the shapes that its outputs have. */
export interface Written {
  readonly nodes: readonly NodeRecord[];
  readonly constants: readonly Constant[];
  readonly outputs: Ports;
}

/**
 * The nodes that compute `outputs`. Inside a Scan its own inputs and outputs have a prefix. Without one, an output may come
 * in another shape of as many numbers in the same order.
 */
export function body(recording: Recording, inputs: Ports, outputs: Ports, prefix: string, tuning: Tuning): Body {
  const { nodes, constants, outputs: shaped } = written(recording, inputs, outputs, prefix, tuning);
  const parts = {
    nodes: nodes.map(encodeNode),
    constants: constants.map(({ bytes }) => bytes),
    inputs: portsOf(mapNames(inputs, prefix)),
    outputs: portsOf(mapNames(shaped, prefix)),
  };
  return { parts, outputs: shaped };
}

/** The same, not encoded. */
export function written(recording: Recording, inputs: Ports, outputs: Ports, prefix: string, tuning: Tuning): Written {
  const emitter = new Emitter(tuning.block, tuning.standard);
  const terms = new Map<number, Term>();
  const local = (name: string): string => (name in inputs ? prefix : '') + name;
  for (const [name, { id, shape, dtype }] of Object.entries(recording.inputs)) {
    terms.set(id, emitter.term(local(name), shape, dtype));
  }
  const results = Object.keys(outputs).map((name) => recording.outputs[name]!);
  for (const call of liveCalls(recording, results)) emit(emitter, call, terms);
  const names = results.map((value) => emitter.full(termOf(emitter, value, terms)));
  const own = Object.keys(outputs).map((name) => prefix + name);
  const named = addInProduct(needed(nameResults(emitter.nodes, names, own), own), new Set(own));
  const shaped = Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
  );
  const settings: CacheSettings = {
    results: new Set(own),
    bytes: tuning.cacheBytes,
    ints: (values) => emitter.ints(values),
    ...(prefix === ''
      ? {
          leaveStacked: (name, shape) => {
            shaped[name] = { ...shaped[name]!, shape };
          },
        }
      : {}), // a result
  };
  const nodes = tuning.cacheBytes === 0 ? named : inCache(named, settings);
  // A row may leave a number that its node no longer reads: other runtimes warn of each.
  const read = new Set(nodes.flatMap((one) => one.inputs));
  const constants =
    tuning.standard === true ? emitter.constants.filter(({ name }) => read.has(name)) : emitter.constants;
  return { nodes, constants, outputs: shaped };
}

/** The nodes that some result needs. A row may write what nobody reads, such as a tensor in the shape that it was asked for. */
function needed(nodes: readonly NodeRecord[], results: readonly string[]): NodeRecord[] {
  const read = new Set(results);
  const kept = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => read.has(name))) return false;
    for (const name of inputs) read.add(name);
    return true;
  });
  return kept.toReversed();
}

/** The nodes with the results under their own names: renamed where a node makes them, copied where that is not enough. */
function nameResults(nodes: readonly NodeRecord[], names: readonly string[], own: readonly string[]): NodeRecord[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const ownName = new Map<string, string>();
  const copies: NodeRecord[] = [];
  for (const [i, name] of names.entries()) {
    if (made.has(name) && !ownName.has(name))
      ownName.set(name, own[i]!); // as many as names
    else copies.push({ type: 'Identity', domain: '', inputs: [name], outputs: [own[i]!], attrs: {} });
  }
  const renamed = (all: readonly string[]): string[] => all.map((name) => ownName.get(name) ?? name);
  return [...nodes, ...copies].map((one, i) => ({
    ...one,
    inputs: renamed(one.inputs),
    outputs: i < nodes.length ? renamed(one.outputs) : one.outputs,
  }));
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
export function liveCalls(recording: Recording, results: readonly Value[]): KernelCall[] {
  const live = new Set<KernelCall>();
  const open = [...results];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value.source.kind !== 'call' || live.has(value.source.call)) continue;
    live.add(value.source.call);
    open.push(...Object.values(value.source.call.inputs));
  }
  return recording.calls.filter((call) => live.has(call));
}

function mapNames(ports: Ports, prefix: string): Ports {
  return Object.fromEntries(Object.entries(ports).map(([name, spec]) => [prefix + name, spec]));
}

export function portsOf(ports: Ports): Uint8Array[] {
  return Object.entries(ports).map(([name, spec]) => port(name, spec));
}
