import assert from 'node:assert/strict';
import { philox, type Random, randomFor, shuffled } from '#client/data/random';

const words = (...values: number[]): Uint32Array => Uint32Array.from(values);
const draws = (random: Random, count: number): readonly number[] =>
  Array.from({ length: count }, () => random.uniform());
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('random', () => {
  const knownAnswers: readonly (readonly [string, Uint32Array, Uint32Array, Uint32Array])[] = [
    ['zeros', words(0, 0, 0, 0), words(0, 0), words(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)],
    [
      'ones',
      words(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff),
      words(0xffffffff, 0xffffffff),
      words(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd),
    ],
    [
      'digits of pi',
      words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344),
      words(0xa4093822, 0x299f31d0),
      words(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1),
    ],
  ];
  for (const [name, counter, key, expected] of knownAnswers) {
    it(`gives the known answer of Philox4x32-10 for ${name}`, () => {
      const out = new Uint32Array(4);
      philox(counter, key, out);
      assert.deepEqual(out, expected);
    });
  }

  it('repeats a stream and keeps uses and seeds apart', () => {
    assert.deepEqual(draws(randomFor(1, 'a', 2), 9), draws(randomFor(1, 'a', 2), 9));
    assert.notDeepEqual(draws(randomFor(1, 'a', 2), 9), draws(randomFor(1, 'a', 3), 9));
    assert.notDeepEqual(draws(randomFor(1, 'a', 2), 9), draws(randomFor(2, 'a', 2), 9));
  });

  it('draws uniforms in [0, 1) and integers below their bound', () => {
    const random = randomFor(1, 'range');
    assert(draws(random, 1000).every((value) => value >= 0 && value < 1));
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(3)));
    assert.deepEqual([...seen].sort(), [0, 1, 2]);
  });

  for (const kind of ['normal', 'roughNormal'] as const) {
    it(`draws ${kind} numbers of mean 0 and variance 1`, () => {
      const random = randomFor(1, kind);
      const values = Array.from({ length: 20_000 }, () => random[kind]());
      assert(Math.abs(mean(values)) < 0.03);
      assert(Math.abs(mean(values.map((value) => value * value)) - 1) < 0.05);
    });
  }

  it('adds to the values of a range what roughNormal would have drawn', () => {
    const values = new Float32Array(20).fill(2);
    const random = randomFor(1, 'noise');
    random.addNoise(values, 0.5, 3, 17);
    const one = randomFor(1, 'noise');
    const drawn = Array.from(values, (_, at) => (at >= 3 && at < 17 ? 2 + 0.5 * one.roughNormal() : 2));
    assert.deepEqual(values, Float32Array.from(drawn));
    assert.equal(random.uniform(), one.uniform());
  });

  it('shuffles a copy that holds the same items', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const out = shuffled(items, randomFor(1, 'shuffle'));
    assert.deepEqual(items, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.notDeepEqual(out, items);
    assert.deepEqual(out.toSorted(), items);
  });
});
