/** What CLIP-IT reads of the plan's files: the frozen encoders and the public reports. @module */
import * as v from 'valibot';
import type { HostValues } from '#client/engine/types';
import { decodeSafetensors } from '#client/model/safetensors';
import type { Parameter } from '#client/model/parameters';
import { UsageError } from '#shared/errors';

const line = v.object({ report: v.pipe(v.string(), v.minLength(1)) });

/** The reports of a bank, in its order: a JSON object with `report` on each line. @throws UsageError (badFormat) */
export function decodeBank(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const reports = lines.flatMap((text, at) => (text.trim() === '' ? [] : [reportOf(text, at + 1)]));
  if (reports.length > 0) return reports;
  throw new UsageError('badFormat', 'the text bank holds no report');
}

function reportOf(text: string, at: number): string {
  const parsed = v.safeParse(line, jsonOf(text));
  if (parsed.success) return parsed.output.report;
  throw new UsageError('badFormat', `line ${String(at)} of the text bank: expected {"report": "..."}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which is no line of a bank either
  }
}

/**
 * The values of these parameters in a checkpoint.
 *
 * @throws DecodeError (wrongLength, badFormat, outOfRange) if it is no safetensors file; UsageError (badFormat) if a
 * parameter is missing or of another shape: the encoders are of other sizes than the plan's
 */
export function decodeEncoders(bytes: Uint8Array, parameters: readonly Parameter[]): HostValues {
  const found = new Map(decodeSafetensors(bytes).tensors.map((tensor) => [tensor.name, tensor]));
  const entries = parameters.map(({ name, shape }): [string, Float32Array] => {
    const tensor = found.get(name);
    if (tensor?.shape.join() === shape.join()) return [name, tensor.values];
    const what = tensor === undefined ? 'no such tensor' : `shape ${tensor.shape.join(' x ')}`;
    throw new UsageError(
      'badFormat',
      `the checkpoint has ${what} for ${name}, and the plan's encoder ${shape.join(' x ')}`,
    );
  });
  return Object.fromEntries(entries);
}
