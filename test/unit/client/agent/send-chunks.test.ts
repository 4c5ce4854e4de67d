import assert from 'node:assert/strict';
import { sendChunks } from '#client/agent/send-chunks';
import type { Chunked } from '#client/agent/send-chunks';

/** A receiver of four chunks, of which it has two, and what was sent to it. The first calls lose all chunks but one. */
class Receiver {
  readonly has = new Set([0, 2]);
  readonly sent: (readonly number[])[] = [];
  #losses: readonly ('said' | 'thrown')[];

  constructor(...losses: readonly ('said' | 'thrown')[]) {
    this.#losses = losses;
  }

  chunked(change: Partial<Chunked> = {}): Chunked {
    return {
      count: 4,
      present: () => Promise.resolve([...this.has]),
      send: (missing) => this.take(missing),
      mayHelp: () => true,
      ...change,
    };
  }

  async take(missing: readonly number[]): Promise<number> {
    this.sent.push(missing);
    const [loss, ...later] = this.#losses;
    this.#losses = later;
    for (const index of loss === undefined ? missing : missing.slice(0, 1)) this.has.add(index);
    return loss === 'thrown' ? Promise.reject(new Error('lost')) : Promise.resolve(this.has.size);
  }
}

const { signal } = new AbortController();

describe('sending chunks', () => {
  for (const loss of ['said', 'thrown'] as const) {
    it(`sends those that are not there, and after a loss that is ${loss} those that still are not`, async () => {
      const receiver = new Receiver(loss);
      await sendChunks(receiver.chunked(), signal);
      assert.deepEqual(receiver.sent, [[1, 3], [3]]);
    });
  }

  it('sends also when nothing is missing: that may be what completes them', async () => {
    const receiver = new Receiver();
    for (const index of [1, 3]) receiver.has.add(index);
    await sendChunks(receiver.chunked(), signal);
    assert.deepEqual(receiver.sent, [[]]);
  });

  it('throws what sending again does not mend', async () => {
    const receiver = new Receiver('thrown');
    await assert.rejects(sendChunks(receiver.chunked({ mayHelp: () => false }), signal), /lost/);
    assert.equal(receiver.sent.length, 1);
  });

  it('ends when nobody waits for them any more, or it is told to', async () => {
    const receiver = new Receiver('said', 'said');
    await sendChunks(receiver.chunked({ wanted: () => receiver.sent.length === 0 }), signal);
    assert.equal(receiver.sent.length, 1);
    await sendChunks(receiver.chunked(), AbortSignal.abort());
    assert.equal(receiver.sent.length, 1);
  });
});
