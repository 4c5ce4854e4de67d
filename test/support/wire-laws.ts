/** What holds of every message on the wire: it comes back as it went, and nothing else comes in. @module */
import assert from 'node:assert/strict';
import { DecodeError } from '#shared/errors';

/** What is refused: the field, the code, and a value with it, or the bytes of one that cannot be written. */
export type Refusal<T> = readonly [field: string, code: DecodeError['code'], wrong: T | Uint8Array];

/** A value, both directions, and for each wrong value of a field the code of its refusal and the field's name. */
export interface WireCase<T> {
  readonly name: string;
  readonly value: T;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Lengths at which the first bytes are a message of their own: a last field that is zero is not written. */
  readonly shorter?: readonly number[];
  readonly refused?: readonly Refusal<T>[];
}

/** Registers a round trip, a truncation at every byte, an unknown field, and one refusal for each wrong field. */
export function holdsOnTheWire<T>({ name, value, encode, decode, shorter = [], refused = [] }: WireCase<T>): void {
  describe(name, () => {
    const bytes = encode(value);

    it('comes back as it went, in memory of its own', () => {
      const copy = bytes.slice();
      const back = decode(copy);
      copy.fill(0xff);
      assert.deepEqual(back, value);
    });

    it('is refused when it is cut anywhere', () => {
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length);
        if (shorter.includes(length)) assert.notDeepEqual(decode(cut), value);
        else refusalOf(() => decode(cut), length);
      }
    });

    it('is refused with a field that nobody knows', () => {
      const unknown = Uint8Array.of(...bytes, 0xa0, 0x06, 0x01); // field 100, a varint
      assert.equal(refusalOf(() => decode(unknown)).code, 'nonCanonical');
    });

    for (const [field, code, wrong] of refused) {
      it(`is refused for ${field} [${code}], and the refusal names it`, () => {
        const error = refusalOf(() => decode(wrong instanceof Uint8Array ? wrong : encode(wrong)));
        assert.equal(error.code, code);
        assert(error.message.includes(field), error.message);
      });
    }
  });
}

/** `bytes` with the one place where `from` stands replaced by `to`, of the same length. */
export function patched(bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const places = [...bytes.keys()].filter((at) => from.every((byte, i) => bytes[at + i] === byte));
  assert.equal(places.length, 1, 'the bytes to replace stand in one place');
  const out = bytes.slice();
  out.set(to, places[0]);
  return out;
}

function refusalOf(read: () => unknown, at?: number): DecodeError {
  try {
    read();
  } catch (error) {
    assert(error instanceof DecodeError, `expected a DecodeError, got ${String(error)}`);
    return error;
  }
  return assert.fail(at === undefined ? 'the bytes were taken' : `the first ${String(at)} bytes were taken`);
}
