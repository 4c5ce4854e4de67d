/**
 * From bytes to a checked value, in one spelling: what decodes but would be written otherwise (an unknown field, another
 * order, a default written out) is refused, so nothing travels beside what is read.
 *
 * @module
 */
import { ConsiliumError, DecodeError } from '../errors.ts';

/** A generated message. */
export interface MessageFns<W> {
  encode(message: W): { finish(): Uint8Array };
  decode(bytes: Uint8Array): W;
}

/** The value of `bytes`. @throws DecodeError naming the message and the field. */
export function decodeWith<W, T>(
  name: string,
  fns: MessageFns<W>,
  bytes: Uint8Array,
  check: (wire: W) => T,
  write: (value: T) => Uint8Array,
): T {
  const value = read(name, fns, bytes, check);
  expectSame(name, write(value), bytes);
  return value;
}

/** @throws DecodeError (nonCanonical) if these are not the bytes as they are written. */
export function expectSame(name: string, written: Uint8Array, bytes: Uint8Array): void {
  if (sameBytes(written, bytes)) return;
  throw new DecodeError('nonCanonical', `${name}: unknown fields, or another spelling of the same message`);
}

/** The checked value, in whatever spelling it came; the caller looks at that. The generated reader throws errors of its own. */
export function read<W, T>(name: string, fns: MessageFns<W>, bytes: Uint8Array, check: (wire: W) => T): T {
  try {
    return check(fns.decode(bytes));
  } catch (cause) {
    if (cause instanceof DecodeError) throw new DecodeError(cause.code, `${name}: ${cause.message}`, { cause });
    if (cause instanceof ConsiliumError) throw cause;
    throw new DecodeError('badFormat', `${name}: the bytes are not a message of this type`, { cause });
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
