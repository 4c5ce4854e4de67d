import assert from 'node:assert/strict';
import { decodeEvent, encodeEvent } from '#shared/codec/event-json';
import { ConsiliumError } from '#shared/errors';
import type { CoordinatorEvent } from '#shared/secagg/types';
import { siteMessages } from '../../../support/messages.ts';
import { siteId } from '../../../support/secrets.ts';

const kinds = { received: true, sharesCombined: true } as const;

function refusedWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ConsiliumError && error.code === code;
}

describe('an event as a line of JSON', () => {
  for (const message of Object.values(siteMessages)) {
    it(`comes back exactly when it brings ${message.kind}`, () => {
      const event: CoordinatorEvent = { kind: 'received', from: siteId('north'), message };
      const line = encodeEvent(event);
      assert(!line.includes('\n'));
      assert.deepEqual(decodeEvent(kinds, line), event);
    });
  }

  it('keeps null, empty bytes and an empty list apart', () => {
    const event = { kind: 'sharesCombined', secrets: [null, new Uint8Array(0)], none: [], more: { deep: true } };
    assert.deepEqual(decodeEvent(kinds, encodeEvent(event)), event);
  });

  it('makes plain bytes of a Buffer', () => {
    const back: { kind: 'received'; b?: Uint8Array } = decodeEvent(
      { received: true },
      encodeEvent({ kind: 'received', ...{ b: Buffer.from([1, 2]) } }),
    );
    assert.deepEqual(back.b, Uint8Array.of(1, 2));
  });

  for (const [what, part] of Object.entries({
    undefined: undefined,
    'an instance of a class': /x/,
    'not a number': Number.NaN,
    'minus zero': -0,
    'a big integer': 1n,
    'a map': new Map(),
    'a key with a dollar': { $bytes: 'AAAA' },
  })) {
    it(`refuses to write ${what}, which JSON would change`, () => {
      assert.throws(() => encodeEvent({ kind: 'received', ...{ part } }), refusedWith('badArgument'));
    });
  }

  for (const [what, line] of Object.entries({
    'half a line': '{"kind":"receiv',
    'another kind': '{"kind":"opened"}',
    'a kind that every object has': '{"kind":"constructor"}',
    'no object': '[1]',
    'bytes that are not base64': '{"kind":"received","b":{"$bytes":"A"}}',
    'bytes in another spelling': '{"kind":"received","b":{"$bytes":"AB=="}}',
    'bytes that are a number': '{"kind":"received","b":{"$bytes":1}}',
  })) {
    it(`refuses to read ${what}`, () => {
      assert.throws(() => decodeEvent(kinds, line), refusedWith('badFormat'));
    });
  }
});
