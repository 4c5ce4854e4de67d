import assert from 'node:assert/strict';
import { galleries } from '#client/evaluate/galleries';

describe('galleries', () => {
  const lengths = (count: number): number[] => galleries(count).map((gallery) => gallery.length);

  it('makes four galleries of 100 of 400 pairs', () => {
    assert.deepEqual(lengths(400), [100, 100, 100, 100]);
  });

  it('keeps few pairs together and deals others out evenly', () => {
    assert.deepEqual(lengths(17), [17]);
    assert.deepEqual(lengths(149), [149]);
    assert.deepEqual(lengths(251), [83, 84, 84]);
  });

  it('holds every pair once', () => {
    assert.deepEqual(
      galleries(251).flat(),
      Array.from({ length: 251 }, (_, i) => i),
    );
  });
});
