/** The hash of a recording: what sites compare before they train together. @module */
import { createHash } from 'node:crypto';
import type { Recording, Value } from './recording.ts';
import { bytesOf } from '#shared/util/bytes';

/**
 * SHA-256 over the interface, every kernel with its attributes and wiring, and every constant, as 64 hex digits. The
 * same on every machine and engine, because the trace computes nothing.
 */
export function fingerprint(recording: Recording): string {
  const hash = createHash('sha256');
  const line = (...parts: readonly unknown[]): void => void hash.update(`${JSON.stringify(parts, canonical)}\n`);
  const ports = (values: Readonly<Record<string, Value>>): unknown =>
    Object.entries(values).map(([name, value]) => [name, value.id, value.dtype, value.shape]);
  const hashed = new Set<number>();
  const constants = (values: readonly Value[]): void => {
    for (const { id, source, dtype, shape } of values) {
      if (source.kind !== 'constant' || hashed.has(id)) continue;
      hashed.add(id);
      line('constant', id, dtype, shape);
      if (source.data !== undefined) {
        hash.update(bytesOf(source.data));
      }
    }
  };
  line('inputs', ports(recording.inputs));
  for (const { kernel, inputs, attrs, outputs } of recording.calls) {
    constants(Object.values(inputs));
    line(kernel, attrs, ports(inputs), ports(Object.fromEntries(outputs.entries())));
  }
  constants(Object.values(recording.outputs));
  line('outputs', ports(recording.outputs));
  return hash.digest('hex');
}

/** JSON with sorted keys, and with the numbers that JSON lacks. */
function canonical(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>); // an attribute list
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
