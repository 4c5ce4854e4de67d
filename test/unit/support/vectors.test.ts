import assert from 'node:assert/strict';
import { ProtocolError } from '#shared/errors';
import { firstDifference, runCase } from '../../support/vectors.ts';
import type { Json, JsonObject, Suite } from '../../support/vectors.ts';

const exact = { absolute: 0, relative: 0 };
const suite: Suite = {
  double: ({ x }) => ({ y: 2 * Number(x), more: 'is ignored' }),
  refuse: () => {
    throw new ProtocolError('badShare', 'no', { culprits: ['north'] });
  },
  break: () => {
    throw new TypeError('a bug');
  },
};

function run(operation: string, expected: JsonObject): ReturnType<typeof runCase> {
  return runCase(suite, { name: 'a case', input: { operation, x: 2 }, expected }, exact);
}

function differs(got: unknown, want: Json, tolerance = exact): boolean {
  return firstDifference(got, want, tolerance, '') !== undefined;
}

describe('comparing with a test vector', () => {
  it('passes a result that holds all that is expected, and more', async () => {
    assert.equal(await run('double', { y: 4 }), undefined);
  });

  it('names the place of the first difference', async () => {
    assert.deepEqual(await run('double', { y: 5 }), { path: 'y', got: 4, want: 5 });
    assert.deepEqual(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, exact, ''), {
      path: 'a[1].b',
      got: 2,
      want: 3,
    });
  });

  it('fails an unknown operation', async () => {
    assert.equal((await run('triple', { y: 6 }))?.path, 'operation');
    assert.equal((await run('toString', {}))?.path, 'operation');
  });

  it('expects a refusal by its code and culprits', async () => {
    assert.equal(await run('refuse', { error: 'badShare', culprits: ['north'] }), undefined);
    assert.equal((await run('refuse', { error: 'badShare', culprits: [] }))?.path, 'culprits.length');
    assert.equal((await run('refuse', { error: 'belowQuorum' }))?.got, 'badShare');
  });

  it('fails a refusal or an exception where none is expected, also when nothing is', async () => {
    assert.equal((await run('refuse', {}))?.got, 'badShare');
    assert.equal((await run('break', {}))?.path, 'error');
    assert.equal((await run('double', { error: 'badShare' }))?.got, undefined);
  });

  it('takes numbers within the tolerance, and NaN and infinity for nothing', () => {
    assert(!differs(1.04, 1, { absolute: 0.02, relative: 0.03 }));
    assert(differs(1.06, 1, { absolute: 0.02, relative: 0.03 }));
    assert(differs(Number.NaN, 1));
    assert(differs(Infinity, 1, { absolute: Infinity, relative: 0 }));
    assert(differs('1', 1));
  });

  it('wants lists of equal length and values of the same kind', () => {
    assert(differs([1, 2], [1]));
    assert(differs([1], [1, 2]));
    assert(differs({ 0: 1, length: 1 }, [1]));
    assert(differs(undefined, null));
    assert(differs(null, {}));
    assert(!differs({ a: null }, { a: null }));
  });
});
