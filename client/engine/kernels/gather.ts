/** Looking up by index, its gradient, and one-hot rows. @module */
import type * as tf from '@tensorflow/tfjs';
import type { Emitter, Term } from '../onnx/emitter.ts';
import { onnxType } from '../onnx/protobuf.ts';
import { axisOf, range, sizeOf } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { row } from './row.ts';
import type { KernelRow } from './row.ts';

interface GatherAttrs {
  readonly axis: number;
  readonly batchDims?: number;
}

/**
 * With batch axes the indices count within their batch. The axes before `axis` are flattened into one that the indices
 * then address: row b of the batch starts at b times the extent of `axis`.
 */
function batchGather(e: Emitter, x: Term, indices: Term, axis: number, batchDims: number): Term {
  const batch = sizeOf(x.shape.slice(0, batchDims));
  const between = sizeOf(x.shape.slice(batchDims, axis));
  const extent = x.shape[axis]!;
  const inner = x.shape.slice(axis + 1);
  const picks = sizeOf(indices.shape.slice(batchDims));
  const starts = Int32Array.from({ length: batch * between }, (_, i) => i * extent);
  const offset = e.constant(starts, { shape: [batch, between, 1], dtype: 'int32' });
  const flat = e.map('Add', [e.reshape(indices, [batch, 1, picks]), offset]);
  const lines = e.full(e.reshape(x, [batch * between * extent, ...inner]));
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...inner];
  return e.reshape(
    e.term(e.op('Gather', [lines, e.full(flat)], { axis: 0 }), [...flat.shape, ...inner], x.dtype),
    shape,
  );
}

export const gatherRows: Readonly<Record<string, KernelRow>> = {
  GatherV2: row<'x' | 'indices', GatherAttrs>(
    ({ x, indices }, { axis: given, batchDims = 0 }) => {
      const axis = axisOf(given, x.shape.length);
      return {
        shape: [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...x.shape.slice(axis + 1)],
        dtype: x.dtype,
      };
    },
    (e, { inputs: { x, indices }, attrs: { axis: given, batchDims = 0 }, out }) => {
      const axis = axisOf(given, x.shape.length);
      const ids = e.cast(indices, 'int32');
      if (batchDims > 0) return batchGather(e, x, ids, axis, batchDims);
      return e.term(e.op('Gather', [e.full(x), e.full(ids)], { axis }), out.shape, out.dtype);
    },
  ),
  /** The gradient of a gather along the first axis: rows that were taken twice get both gradients. */
  UnsortedSegmentSum: row<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>(
    ({ x, segmentIds }, { numSegments }) => ({
      shape: [numSegments, ...x.shape.slice(segmentIds.shape.length)],
      dtype: x.dtype,
    }),
    (e, { inputs: { x, segmentIds }, out }) => {
      const count = sizeOf(segmentIds.shape);
      const ids = e.op('Cast', [e.full(e.reshape(segmentIds, [count, 1]))], { to: onnxType.int64 });
      const rows = e.full(e.reshape(x, [count, ...out.shape.slice(1)]));
      const base = e.full(e.fill(0, out.shape, out.dtype));
      return e.term(e.op('ScatterND', [base, ids, rows], { reduction: 'add' }), out.shape, out.dtype);
    },
  ),
  /** ONNX Runtime's OneHot lacks int32, so the row is a comparison with 0, 1, …, depth - 1. */
  OneHot: row<'indices', tf.OneHotAttrs>(
    ({ indices }, { depth, dtype }) => ({
      shape: [...indices.shape, depth],
      dtype: (dtype as TensorSpec['dtype'] | undefined) ?? 'float32', // strings are refused as constants
    }),
    (e, { inputs: { indices }, attrs: { depth, onValue, offValue }, out }) => {
      const classes = e.constant(Int32Array.from(range(depth)), { shape: [depth], dtype: 'int32' });
      const ids = e.reshape(e.cast(indices, 'int32'), [...indices.shape, 1]);
      const hit = e.map('Equal', [ids, classes], 'bool');
      const on = e.fill(onValue, [], out.dtype);
      return e.spread(e.map('Where', [hit, on, e.fill(offValue, [], out.dtype)], out.dtype), out.shape);
    },
  ),
};
