/**
 * One graph for batches of any size, from graphs that were written for three. The recorder and the emitter know every
 * extent, so that a graph's lists of integers hold the batch's size wherever a shape does. Between two sizes nothing else
 * may differ, and those numbers by a straight line; the third size has to lie on it. Each such list is then computed from
 * the input's own extent.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import type { Ports, Written } from './body.ts';
import type { Constant } from './emitter.ts';
import type { NodeRecord } from './in-cache.ts';
import { type PortSpec, tensor } from './protobuf.ts';

/** A graph for one size of the batch. */
export interface Sized extends Written {
  readonly size: number;
  readonly inputs: Ports;
}

/** A graph for all. */
export interface AnyBatch {
  readonly nodes: readonly NodeRecord[];
  readonly constants: readonly Constant[];
  readonly inputs: Readonly<Record<string, PortSpec>>;
  readonly outputs: Readonly<Record<string, PortSpec>>;
}

/** What the first axis is called. */
const batch = 'batch';
/** No name of the emitter or of a program's input begins like this. */
const own = 'any-batch/';

/**
 * The graph of three. Their first axes are the batch.
 *
 * @throws UsageError (unsupported) if something else than shapes depends on the size
 */
export function forAnyBatch(sized: readonly [Sized, Sized, Sized]): AnyBatch {
  const [first] = sized;
  if (new Set(sized.map(skeleton)).size > 1) throw unsupported('its operators');
  const lists = first.constants.flatMap((constant, i) => {
    const alike = sized.map(({ constants }) => constants[i]!); // as many, by the skeleton
    return alike.every(({ bytes }) => Buffer.compare(bytes, constant.bytes) === 0) ? [] : [listOf(alike, sized)];
  });
  const inputs = portsFor(sized.map((one) => one.inputs), sized); // prettier-ignore
  const varying = new Map(lists.map((list) => [list.name, list]));
  const inferred = lists.filter((list) => isInferred(list, first.nodes));
  const computed = lists.filter((list) => !inferred.includes(list));
  return {
    nodes: [...(computed.length === 0 ? [] : [extentOf(inputs)]), ...computed.flatMap(nodesOf), ...first.nodes],
    constants: [
      ...first.constants.filter(({ name }) => !varying.has(name)),
      ...inferred.map(({ name, base, times }) => ints(name, base.map((value, i) => (times[i] === 0 ? value : -1)))), // prettier-ignore
      ...computed.flatMap(({ name, base, times }) => [ints(`${own}${name}/base`, base), ints(`${own}${name}/times`, times)]), // prettier-ignore
    ],
    inputs,
    outputs: portsFor(sized.map((one) => one.outputs), sized), // prettier-ignore
  };
}

/** All of a graph but its numbers. */
function skeleton({ nodes, constants }: Sized): string {
  const plain = nodes.map(({ type, domain, inputs, outputs, attrs }) => [type, domain, inputs, outputs, attrs]);
  return JSON.stringify([plain, constants.map(({ name, ints: list }) => [name, list?.length])]);
}

/** A list of integers that is base + size · times. */
interface List {
  readonly name: string;
  readonly base: readonly number[];
  readonly times: readonly number[];
}

function listOf(alike: readonly Constant[], sized: readonly Sized[]): List {
  const lines = alike[0]!.ints?.map((_, at) =>
    line(
      alike.map((one) => one.ints![at]!),
      sized,
    ),
  ); // lists of one length, by the skeleton
  if (lines === undefined) throw unsupported('numbers that are no shape');
  const { name } = alike[0]!; // three
  return { name, base: lines.map((one) => one.base), times: lines.map((one) => one.times) };
}

function line(values: readonly number[], sized: readonly Sized[]): { readonly base: number; readonly times: number } {
  const [a, b] = values as readonly [number, number, number]; // one for each size
  const times = (b - a) / (sized[1]!.size - sized[0]!.size);
  const base = a - times * sized[0]!.size;
  if (Number.isInteger(times) && values.every((value, i) => value === base + times * sized[i]!.size)) return { base, times }; // prettier-ignore
  throw unsupported('shapes by more than a factor');
}

/** Whether it is only ever a new shape in which one extent is left open: the runtime finds that one itself. */
function isInferred({ name, times }: List, nodes: readonly NodeRecord[]): boolean {
  const isOnlyShape = nodes.every(
    ({ type, inputs }) => !inputs.includes(name) || (type === 'Reshape' && inputs[0] !== name),
  );
  return isOnlyShape && times.filter((value) => value !== 0).length === 1;
}

/** The batch's size, from an input. */
function extentOf(inputs: AnyBatch['inputs']): NodeRecord {
  const [name] = Object.entries(inputs).find(([, { shape }]) => shape[0] === batch) ?? [];
  if (name === undefined) throw unsupported('shapes that no input tells');
  return { type: 'Shape', domain: '', inputs: [name], outputs: [`${own}size`], attrs: { start: 0, end: 1 } };
}

function nodesOf({ name }: List): readonly NodeRecord[] {
  const product = `${own}${name}/product`;
  const node = { domain: '', attrs: {} };
  return [
    { ...node, type: 'Mul', inputs: [`${own}size`, `${own}${name}/times`], outputs: [product] },
    { ...node, type: 'Add', inputs: [product, `${own}${name}/base`], outputs: [name] },
  ];
}

function ints(name: string, values: readonly number[]): Constant {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  return { name, bytes: tensor(name, [values.length], data, 'int64'), ints: values };
}

/** Ports in which the extents that differ are the batch. */
function portsFor(all: readonly Ports[], sized: readonly Sized[]): Readonly<Record<string, PortSpec>> {
  const entries = Object.entries(all[0]!).map(([name, { shape, dtype }]): [string, PortSpec] => {
    const extents = shape.map((extent, axis) => {
      const { base, times } = line(all.map((ports) => ports[name]!.shape[axis]!), sized); // prettier-ignore
      if (times === 0) return extent;
      if (times === 1 && base === 0 && axis === 0) return batch;
      throw unsupported(`axes of ${name} beyond the first`);
    });
    return [name, { shape: extents, dtype }];
  });
  return Object.fromEntries(entries);
}

function unsupported(what: string): UsageError {
  return new UsageError('unsupported', `the program takes one size of batch only, for ${what} depend on it: export it for a size (--batch)`); // prettier-ignore
}
