/** How wide the blocked layout of ONNX Runtime is on this processor: it does not say, so it is asked to reorder. @module */
import { onnxRuntime } from '../backend.ts';
import { model, node, port } from '../onnx/protobuf.ts';

let known: Promise<number> | undefined;

/** Floats per block of the `com.microsoft.nchwc` operators (16 with AVX-512, 8 with AVX2), 0 where there are none. */
export function blockSize(): Promise<number> {
  known ??= probe();
  return known;
}

/** Two places with 64 channels come out as the blocks of the first place and of the second: where the second begins. */
async function probe(): Promise<number> {
  const { InferenceSession, Tensor } = onnxRuntime();
  const spec = { shape: [1, 64, 1, 2], dtype: 'float32' } as const;
  const x = Float32Array.from({ length: 128 }, (_, i) => i % 2); // channels first: place 0, place 1, place 0, ...
  const bytes = model({
    nodes: [node('ReorderInput', ['x'], ['y'], {}, 'com.microsoft.nchwc')],
    constants: [],
    inputs: [port('x', spec)],
    outputs: [port('y', spec)],
  });
  try {
    const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], logSeverityLevel: 4 });
    const { y } = await session.run({ x: new Tensor('float32', x, spec.shape) });
    await session.release();
    return (y!.data as Float32Array).indexOf(1); // the output is float32, and holds ones
  } catch {
    return 0; // a processor without blocked kernels has no such operator
  }
}
