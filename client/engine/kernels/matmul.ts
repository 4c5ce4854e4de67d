/** Matrix products. @module */
import type * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import type { Emitter, Term } from '../onnx/emitter.ts';
import { broadcast } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { optional, row } from './row.ts';
import type { KernelRow } from './row.ts';

interface ProductAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface FusedAttrs extends ProductAttrs {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

function product({ a, b }: Record<'a' | 'b', TensorSpec>, { transposeA, transposeB }: ProductAttrs): TensorSpec {
  const rows = a.shape.at(transposeA ? -1 : -2)!; // TensorFlow.js has checked the ranks
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  return { shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns], dtype: 'float32' };
}

/** The last two axes exchanged. */
function turned(e: Emitter, name: string, { shape: { length } }: Term): string {
  const leading = Array.from({ length: length - 2 }, (_, axis) => axis);
  return e.transpose(name, [...leading, length - 1, length - 2]);
}

/** A product of matrices by `Gemm`, of batches by `MatMul` or, transposed, by ONNX Runtime's own operator. */
function multiply(e: Emitter, a: Term, b: Term, { transposeA, transposeB }: ProductAttrs, out: TensorSpec): Term {
  const attrs = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  const names = [e.full(a), e.full(b)];
  if (a.shape.length === 2 && b.shape.length === 2) return e.term(e.op('Gemm', names, attrs), out.shape);
  if (!transposeA && !transposeB) return e.term(e.op('MatMul', names), out.shape);
  if (!e.standard) return e.term(e.op('FusedMatMul', names, attrs), out.shape);
  const [left, right] = names as [string, string]; // a and b
  return e.term(
    e.op('MatMul', [transposeA ? turned(e, left, a) : left, transposeB ? turned(e, right, b) : right]),
    out.shape,
  );
}

/** What the fused kernels of TensorFlow.js do after the product. */
export function activated(e: Emitter, x: Term, activation: string | undefined, alpha: number | undefined): Term {
  switch (activation) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return e.map('Relu', [x]);
    case 'relu6':
      return e.map('Clip', [x, e.fill(0), e.fill(6)]);
    case 'sigmoid':
      return e.map('Sigmoid', [x]);
    case 'elu':
      return e.map('Elu', [x]);
    case 'leakyrelu':
      return e.map('LeakyRelu', [x], 'float32', { alpha: { float: alpha ?? 0.2 } });
    default:
      throw new UsageError('unsupported', `a fused ${activation} is not compiled: apply it as an operation of its own`);
  }
}

/** The result of an equation such as `bij,bjk->bik`, which names every axis by a letter. */
function einsumShape(inputs: Readonly<Record<string, TensorSpec>>, { equation }: tf.EinsumAttrs): TensorSpec {
  const [left = '', right = ''] = equation.replaceAll(' ', '').split('->'); // TensorFlow.js asks for an arrow
  const extents = new Map<string, number>();
  Object.values(inputs).forEach(({ shape }, i) => {
    const letters = left.split(',')[i] ?? '';
    shape.forEach((extent, axis) => extents.set(letters.charAt(axis), extent));
  });
  return { shape: Array.from(right, (letter) => extents.get(letter)!), dtype: 'float32' };
}

export const matmulRows: Readonly<Record<string, KernelRow>> = {
  BatchMatMul: row<'a' | 'b', ProductAttrs>(product, (e, { inputs: { a, b }, attrs, out }) =>
    multiply(e, a, b, attrs, out),
  ),
  Einsum: row<string, tf.EinsumAttrs>(einsumShape, (e, { inputs, attrs: { equation }, out }) => {
    const names = Object.values(inputs).map((term) => e.full(term));
    return e.term(e.op('Einsum', names, { equation: equation.replaceAll(' ', '') }), out.shape);
  }),
  _FusedMatMul: row<'a' | 'b' | 'bias', FusedAttrs>(product, (e, { inputs, attrs, out }) => {
    const { a, b } = inputs;
    const bias = optional(inputs, 'bias');
    const y = multiply(e, a, b, attrs, out);
    return activated(e, bias === undefined ? y : e.map('Add', [y, bias]), attrs.activation, attrs.leakyreluAlpha);
  }),
};
