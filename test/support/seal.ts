/** The SEAL library for tests, with a view of the memory that it has grown to. @module */
import { readFile } from 'node:fs/promises';
import { initialize } from 'node-seal';
import type { SealLibrary } from '#shared/crypto/bgv';

/** The part of WebAssembly that is used, for TypeScript knows it only together with a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new () => { readonly buffer: ArrayBuffer };
};

export interface LoadedSeal {
  readonly seal: SealLibrary;
  /** Bytes of its memory, which never shrinks. */
  memoryBytes(): number;
}

/** An instance of its own. */
export async function loadSeal(): Promise<LoadedSeal> {
  const path = new URL('seal_throws.wasm', import.meta.resolve('node-seal'));
  const module = new WebAssembly.Module(await readFile(path));
  const memories: { readonly buffer: ArrayBuffer }[] = [];
  const seal = await initialize({
    instantiateWasm: (imports: object, done: (instance: object) => void) => {
      const instance = new WebAssembly.Instance(module, imports);
      const { exports } = instance;
      for (const value of Object.values(exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
      done(instance);
      return exports;
    },
  });
  return { seal, memoryBytes: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
}
