/** The reference engine: TensorFlow.js on the CPU, operation by operation. @module */
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from './shapes.ts';

/** What a kernel of the CPU backend works with. */
interface CpuBackend {
  readSync(dataId: object): Float32Array | Int32Array;
  /** Whether it still has to advertise tfjs-node on the console. */
  firstUse: boolean;
  makeTensorInfo(shape: number[], dtype: string, values: Float32Array | Int32Array): tf.TensorInfo;
}

const kernelName = 'UnsortedSegmentSum';
let fixed = false;

/**
 * The name of the reference's backend. Its kernel for the gradient of a gather takes time in segments x elements (hours
 * for a vocabulary), so it is replaced, once per thread, by one that takes time in elements.
 */
export function fixReference(): 'cpu' {
  if (fixed) return 'cpu';
  fixed = true;
  (tf.findBackend('cpu') as unknown as CpuBackend).firstUse = false;
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc: segmentSum });
  return 'cpu';
}

/** out[s] = the sum of the rows of x whose id is s; rows with a negative id belong nowhere. */
const segmentSum: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', tf.TensorInfo>; // as tfjs-core calls this kernel
  const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs; // likewise
  const cpu = backend as CpuBackend;
  const tail = x.shape.slice(segmentIds.shape.length);
  const size = sizeOf(tail);
  const rows = cpu.readSync(x.dataId);
  const sums = x.dtype === 'int32' ? new Int32Array(numSegments * size) : new Float32Array(numSegments * size);
  cpu.readSync(segmentIds.dataId).forEach((segment, i) => {
    if (segment < 0) return;
    for (let j = 0; j < size; j++) sums[segment * size + j]! += rows[i * size + j]!;
  });
  return cpu.makeTensorInfo([numSegments, ...tail], x.dtype, sums);
};
