/** The kernel as WebAssembly with SIMD. Its memory is laid out in `kernel.wat`. @module */
import { blockWords } from './plain-kernel.ts';
import type { Kernel } from './plain-kernel.ts';

/** The part of WebAssembly that is used, for TypeScript knows it only together with a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** What `kernel.wat` exports; numbers are in the order of its parameters. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly add: Kernel['add'];
  readonly subtract: Kernel['subtract'];
  readonly pack: Kernel['pack'];
  readonly addPacked: Kernel['addPacked'];
  readonly quantize: (...numbers: readonly number[]) => void;
  readonly dequantize: (...numbers: readonly number[]) => void;
}

/** A kernel of these bytes, or `undefined` where they cannot be compiled: no WebAssembly, no SIMD, or not allowed here. */
export function wasmKernel(bytes: Uint8Array): Kernel | undefined {
  const exports = instantiate(bytes);
  if (exports === undefined) return undefined;
  const { memory, add, subtract, pack, addPacked } = exports;
  const { buffer } = memory;
  return {
    words: new Uint32Array(buffer, 0, blockWords),
    stream: new Uint32Array(buffer, 4 * blockWords, blockWords),
    packed: new Uint8Array(buffer, 4 * blockWords, 4 * blockWords),
    values: new Float64Array(buffer, 8 * blockWords, blockWords),
    draws: new Float64Array(buffer, 16 * blockWords, blockWords),
    add,
    subtract,
    pack,
    addPacked,
    quantize: (count, { clipFactor, range, weight, step, top }) => {
      exports.quantize(count, clipFactor, range, weight, step, top);
    },
    dequantize: (count, { margins, step, offset, numerator, denominator }) => {
      exports.dequantize(count, margins, step, offset, numerator, denominator);
    },
  };
}

/** Whatever goes wrong here, JavaScript does the same arithmetic. */
function instantiate(bytes: Uint8Array): Exports | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports; // the bytes are of kernel.wat
  } catch {
    return undefined;
  }
}
