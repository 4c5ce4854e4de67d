/** Whether an opened aggregate can be a sum of honest fields. Source: proto/spec/secure-sum.md, section 7. @module */
import { greatestField } from './field.ts';
import type { FieldWidth } from './field.ts';

/**
 * The name of the first segment with a field above `sites` times its greatest value, or `undefined`. Segments follow one
 * another and cover the sum.
 */
export function segmentOutOfRange(
  segments: readonly (FieldWidth & { readonly name: string; readonly length: number })[],
  sites: number,
  sum: Uint32Array,
): string | undefined {
  let from = 0;
  for (const segment of segments) {
    const bound = sites * greatestField(segment);
    const end = from + segment.length;
    if (!areWithin(sum.subarray(from, end), bound)) return segment.name;
    from = end;
  }
  return undefined;
}

/** Whether no field is above `bound`. */
export function areWithin(fields: Uint32Array, bound: number): boolean {
  for (const field of fields) if (field > bound) return false;
  return true;
}
