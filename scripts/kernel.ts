/**
 * `npm run kernel`: compiles `shared/secagg/kernel/kernel.wat` and keeps the module as text in `kernel-bytes.ts` beside it, so
 * that nobody who installs, bundles or tests needs a compiler. With `--check` it only says whether that is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import loadWabt from 'wabt';
import { toBase64 } from '#shared/util/base64';

/** What a browser compiles without waiting. */
const mostBytes = 4096;
const folder = join(import.meta.dirname, '..', 'shared', 'secagg', 'kernel');
const source = join(folder, 'kernel.wat');
const target = join(folder, 'kernel-bytes.ts');

async function compile(): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const module = wabt.parseWat(source, readFileSync(source, 'utf8'), { simd: true, sat_float_to_int: true });
  module.validate();
  return module.toBinary({}).buffer;
}

/** In the form that the formatter gives it. */
function asTypeScript(bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,112}/g) ?? [];
  return [
    '/** Written by `npm run kernel` from `kernel.wat`: do not edit. @module */',
    '',
    '/** The WebAssembly module, base64. */',
    'export const kernelBytes =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

const bytes = await compile();
if (bytes.length > mostBytes) throw new Error(`the kernel has ${bytes.length} bytes, and ${mostBytes} is the most`);
const text = asTypeScript(bytes);
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(`${target} is not what ${source} compiles to: run npm run kernel\n`);
  process.exitCode = 1;
}
