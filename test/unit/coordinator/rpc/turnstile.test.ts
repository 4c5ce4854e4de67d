import assert from 'node:assert/strict';
import { Turnstile } from '#coordinator/rpc/turnstile';
import type { Turn } from '#coordinator/rpc/turnstile';
import { ConsiliumError } from '#shared/errors';

/** Work that lasts until it is ended, and says when it began. */
function heldOpen(turnstile: Turnstile, owner: string, begun: string[]) {
  const end = Promise.withResolvers<undefined>();
  let turn: Turn | undefined;
  const done = turnstile.pass(owner, async (given) => {
    begun.push(owner);
    turn = given;
    await end.promise;
  });
  const release = async (): Promise<void> => {
    end.resolve(undefined);
    await done;
  };
  return { release, turn: () => turn! };
}

/** Lets everything that is ready run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function newTurnstile(places: number) {
  let nowMs = 0;
  const turnstile = new Turnstile({ places, turnMs: 100, clock: { now: () => nowMs } });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { turnstile, pass };
}

describe('a turnstile', () => {
  it('lets as many in as it has places, and the others in their order', async () => {
    const { turnstile } = newTurnstile(2);
    const begun: string[] = [];
    const [a] = ['a', 'b', 'c', 'd'].map((owner) => heldOpen(turnstile, owner, begun));
    await settled();
    assert.deepEqual(begun, ['a', 'b']);
    await a!.release();
    await settled();
    assert.deepEqual(begun, ['a', 'b', 'c']);
  });

  it('gives one owner one place, however often it asks, and the rest to those behind it', async () => {
    const { turnstile } = newTurnstile(2);
    const begun: string[] = [];
    const [first] = ['greedy', 'greedy', 'greedy', 'modest'].map((owner) => heldOpen(turnstile, owner, begun));
    await settled();
    assert.deepEqual(begun, ['greedy', 'modest']);
    await first!.release();
    await settled();
    assert.deepEqual(begun, ['greedy', 'modest', 'greedy']);
  });

  it('ends a turn that lasts too long when another waits, and not before [deadline]', async () => {
    const { turnstile, pass } = newTurnstile(1);
    const begun: string[] = [];
    const slow = heldOpen(turnstile, 'slow', begun);
    heldOpen(turnstile, 'slow', begun);
    await settled();
    pass(100);
    slow.turn().goOn(); // nobody else waits
    heldOpen(turnstile, 'other', begun);
    assert.throws(
      () => {
        slow.turn().goOn();
      },
      (error) => error instanceof ConsiliumError && error.code === 'deadline',
    );
    await slow.release();
    await settled();
    assert.deepEqual(begun, ['slow', 'slow']);
  });

  it('gives a place back when the work fails', async () => {
    const { turnstile } = newTurnstile(1);
    await assert.rejects(
      turnstile.pass('a', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await turnstile.pass('a', () => Promise.resolve(1)), 1);
  });
});
