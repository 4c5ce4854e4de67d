/** gRPC's length-prefixed messages, cut out of a stream of bytes. */
export class GrpcFrames {
  #rest: Buffer = Buffer.alloc(0);
  readonly #take: (message: Uint8Array) => void;

  constructor(take: (message: Uint8Array) => void) {
    this.#take = take;
  }

  /** Takes the next bytes and gives every message that is complete. */
  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      const end = 5 + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      if (this.#rest[0] !== 0) throw new Error('a compressed message: this proxy reads plain ones only');
      this.#take(Uint8Array.from(this.#rest.subarray(5, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }
}
