/** The kernel table: every kernel of TensorFlow.js that a compiled step may use. @module */
import { convolutionRows } from './convolution.ts';
import { depthwiseRows } from './depthwise.ts';
import { elementwise } from './elementwise.ts';
import { fusedRows } from './fused.ts';
import { gatherRows } from './gather.ts';
import { matmulRows } from './matmul.ts';
import { poolingRows } from './pooling.ts';
import { reduceRows } from './reduce.ts';
import { resizeRows } from './resize.ts';
import type { KernelRow } from './row.ts';
import { shapeRows } from './shape.ts';

export const kernelTable: Readonly<Record<string, KernelRow>> = {
  ...elementwise,
  ...shapeRows,
  ...reduceRows,
  ...matmulRows,
  ...gatherRows,
  ...convolutionRows,
  ...depthwiseRows,
  ...poolingRows,
  ...resizeRows,
  ...fusedRows,
};
