/** The width of a field: its bits, and the margin that noise needs on both sides. Source: secure-sum, section 6. @module */

/** `ceil(12 localSigma)`, or 0 without noise. */
export function marginOf(localSigma: number | undefined): number {
  return localSigma === undefined ? 0 : Math.ceil(12 * localSigma);
}

/** The greatest value of a field of one site: `2^bits − 1 + 2 margin`. */
export function greatestField({ bits, localSigma }: FieldWidth): number {
  return 2 ** bits - 1 + 2 * marginOf(localSigma);
}

/** The bits of that greatest value. */
export function fieldBits(field: FieldWidth): number {
  const greatest = greatestField(field);
  let bits = field.bits;
  while (2 ** bits - 1 < greatest) bits += 1;
  return bits;
}

/** The part of a segment that decides its width. */
export interface FieldWidth {
  readonly bits: number;
  readonly localSigma?: number;
}
