import assert from 'node:assert/strict';
import { laid } from '#client/methods/clip-it/turns';

const image = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40); // two by two pixels of two channels

describe('turns', () => {
  it('lays an image in eight different ways, every pixel with its channels', () => {
    const ways = Array.from({ length: 8 }, (_, way) => [...laid(image, 2, 2, way)]);
    assert.equal(new Set(ways.map(String)).size, 8);
    for (const way of ways) {
      assert.deepEqual([...way].sort((a, b) => a - b), [...image].sort((a, b) => a - b)); // prettier-ignore
      for (let at = 0; at < way.length; at += 2) assert.equal(way[at + 1], 10 * way[at]!);
    }
  });

  it('mirrors across, mirrors down, transposes', () => {
    const grey = Float32Array.of(1, 2, 3, 4);
    assert.deepEqual([...laid(grey, 2, 1, 0)], [1, 2, 3, 4]);
    assert.deepEqual([...laid(grey, 2, 1, 1)], [2, 1, 4, 3]);
    assert.deepEqual([...laid(grey, 2, 1, 2)], [3, 4, 1, 2]);
    assert.deepEqual([...laid(grey, 2, 1, 4)], [1, 3, 2, 4]);
  });
});
