import assert from 'node:assert/strict';
import { canonicalJson, isJson, parseCanonicalJson } from '#shared/codec/canonical-json';
import { utf8 } from '#shared/util/bytes';

const text = (value: unknown): string => new TextDecoder().decode(canonicalJson(value));

describe('canonicalJson', () => {
  it('sorts keys by UTF-16 code units and prints numbers as ECMAScript does (RFC 8785, section 3.2)', () => {
    // RFC 8785, section 3.2.2: the numbers of the example.
    const numbers = [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
    assert.equal(
      text({ numbers, literals: [null, true, false] }),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    // RFC 8785, section 3.2.3: the order of the example.
    const keys = { '\u20ac': 0, '\r': 0, '\ufb33': 0, '1': 0, '\u{1f600}': 0, '\u0080': 0, '\u00f6': 0 };
    const order = [...text(keys).matchAll(/"([^"]+)":/g)].map((match) => match[1]);
    assert.deepEqual(order, ['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
  });

  it('refuses what JSON cannot hold', () => {
    for (const value of [NaN, Infinity, undefined, 1n, '\ud800', new Uint8Array(1), new Map(), { a: undefined }]) {
      assert.throws(() => canonicalJson(value), { code: 'badArgument' });
      assert(!isJson(value));
    }
  });
});

describe('parseCanonicalJson', () => {
  it('gives the value back', () => {
    const value = { b: [1, 'x', null], a: { c: true } };
    assert.deepEqual(parseCanonicalJson(canonicalJson(value)), value);
  });

  it('refuses spaces, another order, a key twice, another spelling of a number, and what is no JSON', () => {
    for (const other of ['{ }', '{"b":1,"a":2}', '{"a":1,"a":1}', '1.0', '"\\u0061"'])
      assert.throws(() => parseCanonicalJson(utf8(other)), { code: 'nonCanonical' });
    for (const other of ['', '{', '\ufeff1', '"\\ud800"'])
      assert.throws(() => parseCanonicalJson(utf8(other)), { code: 'badFormat' });
    assert.throws(() => parseCanonicalJson(Uint8Array.of(0x22, 0xff, 0x22)), { code: 'badFormat' });
  });
});
