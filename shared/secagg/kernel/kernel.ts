/**
 * The arithmetic on the vector that costs time, a block of 16,384 words at a time: what stays in a core's cache. It runs
 * as WebAssembly with SIMD (`kernel.wat`), or as JavaScript where that cannot be had, with the same result to the last
 * bit. See docs/decisions/0007-mask-kernel.md.
 *
 * @module
 */
import { fromBase64 } from '../../util/base64.ts';
import { kernelBytes } from './kernel-bytes.ts';
import { blockWords, plainKernel } from './plain-kernel.ts';
import type { Kernel } from './plain-kernel.ts';
import { wasmKernel } from './wasm-kernel.ts';

/** The kernel in these bytes, or the one in JavaScript where the platform cannot run them. */
export function loadKernel(bytes: Uint8Array | undefined): Kernel {
  return (bytes && wasmKernel(bytes)) ?? plainKernel();
}

/** The one of this thread. */
export const kernel: Kernel = loadKernel(fromBase64(kernelBytes));

/** Calls `work` for each block of `length` elements: its first element and how many it has. */
export function forBlocks(length: number, work: (from: number, count: number) => void): void {
  for (let from = 0; from < length; from += blockWords) work(from, Math.min(blockWords, length - from));
}
