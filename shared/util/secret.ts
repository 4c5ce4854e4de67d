/** Bytes that do not print: a secret in a log line, an error or JSON reads `[secret]`. @module */

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Holds secret bytes. Only `expose()` gives them, so that each use can be found by its name. */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy. MUST NOT reach a log, an error or the wire. */
  expose(): Uint8Array {
    return this.#bytes;
  }

  /** Overwrites the bytes with zeros. */
  erase(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
