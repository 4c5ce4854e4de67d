/**
 * Between our parameters and the tensors of a published checkpoint: one rule for each parameter, read in both directions.
 * A checkpoint's linear layers are `[outputs, inputs]`, ours `[inputs, outputs]`.
 *
 * @module
 */
import { DecodeError, InvariantError } from '#shared/errors';
import { sizeOf } from '../parameters.ts';
import type { NamedTensor } from '../safetensors.ts';

/** A parameter of ours as a checkpoint has it. */
export interface Rule {
  /** Ours. */
  readonly name: string;
  readonly read: (checkpoint: Checkpoint) => Float32Array;
  readonly write: (values: Float32Array) => readonly NamedTensor[];
}

/** The tensors of a file by name. */
export interface Checkpoint {
  /** The values of a tensor; an extent that is undefined may be any. @throws DecodeError (badFormat) */
  readonly tensor: (name: string, shape: readonly (number | undefined)[]) => Float32Array;
  /** The extents of a tensor. @throws DecodeError (badFormat) */
  readonly shapeOf: (name: string) => readonly number[];
}

/**
 * Our parameters' values from a checkpoint. Names may have something in front, such as `bert.`, the same for all; other
 * tensors of the file are left alone. `anchor` is the name of a tensor that tells what stands in front.
 *
 * @throws DecodeError (badFormat) if a tensor is missing or of another shape
 */
export function readCheckpoint(
  rules: readonly Rule[],
  tensors: readonly NamedTensor[],
  anchor: string,
): Readonly<Record<string, Float32Array>> {
  const checkpoint = checkpointOf(tensors, prefixOf(tensors, anchor));
  return Object.fromEntries(rules.map(({ name, read }) => [name, read(checkpoint)]));
}

/** The tensors of a checkpoint from our parameters' values. @throws InvariantError (unreachable) if one has none */
export function writeCheckpoint(
  rules: readonly Rule[],
  values: Readonly<Record<string, Float32Array>>,
): readonly NamedTensor[] {
  return rules.flatMap(({ name, write }) => {
    const found = values[name];
    if (found === undefined) throw new InvariantError('unreachable', `the model has no parameter ${name}`);
    return write(found);
  });
}

function prefixOf(tensors: readonly NamedTensor[], anchor: string): string {
  const found = tensors.filter(({ name }) => name === anchor || name.endsWith(`.${anchor}`));
  if (found.length === 1) return found[0]!.name.slice(0, -anchor.length);
  throw new DecodeError('badFormat', `expected one tensor ${anchor} in the checkpoint, found ${found.length}`);
}

function checkpointOf(tensors: readonly NamedTensor[], prefix: string): Checkpoint {
  const byName = new Map(tensors.map((tensor) => [modernName(tensor.name), tensor]));
  const named = (name: string): NamedTensor => {
    const found = byName.get(prefix + name);
    if (found !== undefined) return found;
    throw new DecodeError('badFormat', `the checkpoint has no tensor ${prefix}${name}`);
  };
  return {
    shapeOf: (name) => named(name).shape,
    tensor: (name, wanted) => {
      const { shape, values } = named(name);
      if (shape.length === wanted.length && shape.every((extent, i) => extent === (wanted[i] ?? extent))) return values;
      const expected = wanted.map((extent) => extent ?? 'any').join(', ');
      throw new DecodeError('badFormat', `the tensor ${prefix}${name}: expected [${expected}], got [${shape.join(', ')}]`); // prettier-ignore
    },
  };
}

/** Older files of BERT call gain and bias of a normalisation gamma and beta. */
function modernName(name: string): string {
  return name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
}

/** The same numbers in the same order. */
export function same(name: string, theirs: string, shape: readonly number[]): Rule {
  return {
    name,
    read: (checkpoint) => checkpoint.tensor(theirs, shape),
    write: (values) => [{ name: theirs, shape, values }],
  };
}

/** Weight and bias of the linear layer `name`, made of one or more of theirs whose outputs stand side by side. */
export function linearRules(name: string, theirs: readonly string[], inputs: number, outputs: number): readonly Rule[] {
  return [
    {
      name: `${name}.weight`,
      read: (checkpoint) => {
        const rows = theirs.map((each) => checkpoint.tensor(`${each}.weight`, [outputs, inputs]));
        return transposed(joined(rows), theirs.length * outputs, inputs);
      },
      write: (values) =>
        parts(transposed(values, inputs, theirs.length * outputs), theirs, `weight`, [outputs, inputs]),
    },
    {
      name: `${name}.bias`,
      read: (checkpoint) => joined(theirs.map((each) => checkpoint.tensor(`${each}.bias`, [outputs]))),
      write: (values) => parts(values, theirs, 'bias', [outputs]),
    },
  ];
}

/** Gain and bias of a normalisation. */
export function normRules(name: string, theirs: string, dim: number): readonly Rule[] {
  return [same(`${name}.gain`, `${theirs}.weight`, [dim]), same(`${name}.bias`, `${theirs}.bias`, [dim])];
}

/** `[rows, columns]` to `[columns, rows]`. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

/** a + b, b repeated over the rows of a. */
export function addRow(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i % b.length]!);
}

function joined(all: readonly Float32Array[]): Float32Array {
  return Float32Array.from(all.flatMap((each) => [...each]));
}

function parts(values: Float32Array, theirs: readonly string[], part: string, shape: readonly number[]): NamedTensor[] {
  const size = sizeOf(shape);
  return theirs.map((each, i) => ({ name: `${each}.${part}`, shape, values: values.slice(i * size, (i + 1) * size) }));
}
