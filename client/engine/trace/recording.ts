/** What a trace leaves behind: the kernels of a program in the order in which TensorFlow.js asked for them. @module */
import type { TensorSpec } from '../types.ts';

/** A constant that the program wrote; `undefined` stands for zeros. */
export type HostData = Float32Array | Int32Array | Uint8Array | undefined;

/** A symbolic tensor: a shape, a type and where it comes from. */
export interface Value extends TensorSpec {
  readonly id: number;
  readonly source:
    | { readonly kind: 'input'; readonly name: string }
    | { readonly kind: 'constant'; readonly data: HostData }
    | { readonly kind: 'call'; readonly call: KernelCall };
}

/** One call of a kernel. List inputs (Concat, Pack, AddN, Einsum) are named '0', '1', … in their order. */
export interface KernelCall {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Value[];
}

/** A traced program. The names of `inputs` and `outputs` say what they are: see `wire-names.ts`. */
export interface Recording {
  readonly calls: readonly KernelCall[];
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}
