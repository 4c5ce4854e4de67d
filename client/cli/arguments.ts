/** Texts of the command line as values. A wrong one is refused by name (exit code 2). @module */
import { InvalidArgumentError } from 'commander';
import type { EngineChoice } from '#client/engine/types';
import { UsageError } from '#shared/errors';

const engines: readonly EngineChoice[] = ['auto', 'tensorflow-gpu', 'onnx', 'onnx-cuda', 'onnx-webgpu', 'reference'];

/** A whole number from `least` on. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} on`);
  };
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

/** The name of an engine. */
export function engine(text: string): EngineChoice {
  const found = engines.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected one of ${engines.join(', ')}`);
}

/** `HOST:PORT`, an IPv6 address in brackets. @throws UsageError (badArgument) */
export function address(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new UsageError('badArgument', `--coordinator ${text}: expected HOST:PORT`);
}
