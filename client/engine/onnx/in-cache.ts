/**
 * Arithmetic that does not look beyond a row, done rows at a time. A chain of such nodes over a tensor larger than the
 * processor's cache reads and writes memory once per node; here it becomes a `Scan` over blocks of rows, and what lies
 * between its ends stays in the cache. The results are the same bits: every row is computed as before.
 *
 * @module
 */
import { sizeOf } from '../shapes.ts';
import type { Shape } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { graph, node, port } from './protobuf.ts';
import type { OnnxAttrs } from './protobuf.ts';

/** A node before it is encoded. */
export interface NodeRecord {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: OnnxAttrs;
  /** What it reads and its one output as they are stored, if row i of the output needs no other row of its inputs. */
  rowwise?: { readonly inputs: readonly TensorSpec[]; readonly output: TensorSpec };
}

/** The encoded node. */
export function encodeNode({ type, domain, inputs, outputs, attrs }: NodeRecord): Uint8Array {
  return node(type, inputs, outputs, attrs, domain);
}

/** A chain of fewer nodes saves too little. */
const fewest = 3;
/** Fewer blocks save less than the copies around a Scan cost. */
const fewestBlocks = 4;

/** What chains are cut for. */
export interface CacheSettings {
  /** The names that must exist afterwards. */
  readonly results: ReadonlySet<string>;
  /** A block's largest tensor has at most so many bytes. */
  readonly bytes: number;
  /** Writes a constant. */
  readonly ints: (values: readonly number[]) => string;
  /**
   * Gets the shape of a result that is left as the `Scan` stacks it, `[blocks, rows of a block, ...]`: the same numbers
   * in the same order, without a copy. Missing where results must have their own shapes.
   */
  readonly leaveStacked?: (name: string, shape: Shape) => void;
}

/** The nodes with every worthwhile chain in a `Scan` over blocks. */
export function inCache(nodes: readonly NodeRecord[], settings: CacheSettings): NodeRecord[] {
  const { results } = settings;
  const groups = new Groups(nodes);
  const users = usersOf(nodes);
  const keys = nodes.map(keyOf);
  // From the end, so that what both a forward and a backward chain could hold is computed where it is used, not stored.
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (keys[i] === undefined) continue;
    for (const user of nodes[i]!.outputs.flatMap((name) => users.get(name) ?? [])) {
      if (keys[user] === keys[i]) groups.mergeIfSafe(user, i);
    }
  }
  return groups.inOrder().flatMap((members) => {
    const chain = members.map((i) => nodes[i]!);
    const inside = new Set(members);
    const isReadOutside = (name: string): boolean => (users.get(name) ?? []).some((user) => !inside.has(user));
    const isRead = (name: string): boolean => results.has(name) || isReadOutside(name);
    const isStacked = (name: string): boolean => results.has(name) && !isReadOutside(name);
    return scanOf(chain, { isRead, isStacked }, settings) ?? chain;
  });
}

/** Nodes of one key may share a Scan: as many axes, as many rows. */
function keyOf({ rowwise }: NodeRecord): string | undefined {
  if (rowwise === undefined) return undefined;
  const { shape } = rowwise.output;
  const rows = shape[0] ?? 1;
  const fits = rowwise.inputs.every(
    (input) => input.shape.length < shape.length || [1, rows].includes(input.shape[0]!),
  );
  return rows > 1 && fits ? `${shape.length} ${rows}` : undefined;
}

function usersOf(nodes: readonly NodeRecord[]): Map<string, number[]> {
  const users = new Map<string, number[]>();
  nodes.forEach(({ inputs }, i) => {
    for (const name of inputs) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [i]);
      else known.push(i);
    }
  });
  return users;
}

/** Sets of nodes that will run as one, merged as long as no set waits for itself. */
class Groups {
  private readonly nodes: readonly NodeRecord[];
  private readonly producer: ReadonlyMap<string, number>;
  private readonly groupOf: number[];
  private readonly members: number[][];

  constructor(nodes: readonly NodeRecord[]) {
    this.nodes = nodes;
    this.producer = new Map(nodes.flatMap(({ outputs }, i) => outputs.map((name): [string, number] => [name, i])));
    this.groupOf = nodes.map((_, i) => i);
    this.members = nodes.map((_, i) => [i]);
  }

  producersOf({ inputs }: NodeRecord): number[] {
    return inputs.flatMap((name) => this.producer.get(name) ?? []);
  }

  mergeIfSafe(a: number, b: number): void {
    const [into, from] = [this.groupOf[a]!, this.groupOf[b]!];
    if (into === from || this.isBetween(into, from) || this.isBetween(from, into)) return;
    for (const i of this.members[from]!) this.groupOf[i] = into;
    this.members[into]!.push(...this.members[from]!);
    this.members[from] = [];
  }

  /** The groups' members, every group after those that it needs. */
  inOrder(): number[][] {
    const order: number[][] = [];
    const seen = new Set<number>();
    const visit = (group: number): void => {
      if (seen.has(group)) return;
      seen.add(group);
      for (const before of this.before(group)) visit(before);
      order.push(this.members[group]!.toSorted((x, y) => x - y));
    };
    this.nodes.forEach((_, i) => {
      visit(this.groupOf[i]!);
    });
    return order;
  }

  /** Whether a third group needs `first` and is needed by `then`. */
  private isBetween(first: number, then: number): boolean {
    const earliest = Math.min(...this.members[first]!);
    const open = this.before(then).filter((group) => group !== first);
    const seen = new Set(open);
    for (let group = open.pop(); group !== undefined; group = open.pop()) {
      if (group === first) return true;
      if (Math.max(...this.members[group]!) < earliest) continue; // needs nothing that comes later
      for (const before of this.before(group)) {
        if (seen.has(before)) continue;
        seen.add(before);
        open.push(before);
      }
    }
    return false;
  }

  /** The groups that a group reads from. */
  private before(group: number): number[] {
    const read = this.members[group]!.flatMap((i) => this.producersOf(this.nodes[i]!)).map((i) => this.groupOf[i]!);
    return [...new Set(read)].filter((other) => other !== group);
  }
}

/** The chain as a Scan, with reshapes around it; nothing if it is short, small, or has no good number of blocks. */
function scanOf(
  chain: readonly NodeRecord[],
  { isRead, isStacked }: Readonly<Record<'isRead' | 'isStacked', (name: string) => boolean>>,
  { bytes, ints, leaveStacked }: CacheSettings,
): NodeRecord[] | undefined {
  const specs = chain.flatMap(({ rowwise }) => rowwise ?? []);
  if (chain.length < fewest || specs.length < chain.length) return undefined;
  const { shape } = specs[0]!.output; // there are some
  const largest = Math.max(...specs.map(({ output }) => 4 * sizeOf(output.shape)));
  const blocks = divisorFrom(shape[0]!, Math.ceil(largest / bytes)); // the rows that are its key
  const { cut, kept } = endsOf(chain, shape, isRead);
  if (blocks < fewestBlocks || blocks > (4 * largest) / bytes || cut.length === 0 || kept.length === 0)
    return undefined;
  const inBlock = ({ shape: [rows, ...row], dtype }: TensorSpec): TensorSpec => ({ shape: [rows! / blocks, ...row], dtype }); // prettier-ignore
  const inBlocks = (name: string): string => `blocks/${kept[0]!.name}/${name}`; // unique: only this chain makes that name
  const reshape = (from: string, to: string, into: readonly number[]): NodeRecord => ({
    ...{ type: 'Reshape', domain: '', attrs: {} },
    inputs: [from, ints(into)],
    outputs: [to],
  });
  const stacked = leaveStacked === undefined ? [] : kept.filter(({ name }) => isStacked(name));
  for (const { name, spec } of stacked) leaveStacked?.(name, [blocks, ...inBlock(spec).shape]);
  const whole = kept.filter((one) => !stacked.includes(one));
  return [
    ...cut.map(({ name, spec }) => reshape(name, inBlocks(name), [blocks, ...inBlock(spec).shape])),
    {
      ...{ type: 'Scan', domain: '' },
      inputs: cut.map(({ name }) => inBlocks(name)),
      outputs: kept.map((one) => (whole.includes(one) ? inBlocks(one.name) : one.name)),
      attrs: { body: blockGraph(chain, cut, kept, inBlock), num_scan_inputs: cut.length },
    },
    ...whole.map(({ name, spec }) => reshape(inBlocks(name), name, spec.shape)),
  ];
}

interface End {
  readonly name: string;
  readonly spec: TensorSpec;
}

/** What a chain reads by rows, and what it makes that is read elsewhere. What it reads whole it sees from outside. */
function endsOf(
  chain: readonly NodeRecord[],
  shape: Shape,
  isRead: (name: string) => boolean,
): { readonly cut: readonly End[]; readonly kept: readonly End[] } {
  const made = chain.flatMap(({ outputs: [name], rowwise }) => ({ name: name!, spec: rowwise!.output })); // one output each
  const names = new Set(made.map(({ name }) => name));
  const read = new Map(chain.flatMap(({ inputs, rowwise }) => inputs.map((name, i) => [name, rowwise!.inputs[i]!]))); // a spec for each input
  const byRows = ({ shape: of }: TensorSpec): boolean => of.length === shape.length && of[0] === shape[0];
  const cut = Array.from(read, ([name, spec]) => ({ name, spec })).filter(({ name, spec }) => !names.has(name) && byRows(spec)); // prettier-ignore
  return { cut, kept: made.filter(({ name }) => isRead(name)) };
}

/** The chain on one block. */
function blockGraph(
  chain: readonly NodeRecord[],
  cut: readonly End[],
  kept: readonly End[],
  inBlock: (spec: TensorSpec) => TensorSpec,
): Uint8Array {
  const inside = new Set([...cut.map(({ name }) => name), ...chain.flatMap(({ outputs }) => outputs)]);
  const local = (name: string): string => (inside.has(name) ? `block/${name}` : name);
  const ports = (ends: readonly End[]): Uint8Array[] => ends.map(({ name, spec }) => port(local(name), inBlock(spec)));
  return graph({
    nodes: chain.map((one) => encodeNode({ ...one, inputs: one.inputs.map(local), outputs: one.outputs.map(local) })),
    constants: [],
    inputs: ports(cut),
    outputs: ports(kept),
  });
}

/** The least divisor of `total` that is not under `least`, or `total` itself. */
function divisorFrom(total: number, least: number): number {
  let divisor = Math.min(Math.max(1, least), total);
  while (total % divisor > 0) divisor++;
  return divisor;
}
