import assert from 'node:assert/strict';
import { join } from 'node:path';
import sharp from 'sharp';
import { readImage, standardised } from '#client/data/read-image';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

describe('read-image', () => {
  it('letterboxes a wide colour image into a grey square', () =>
    inTemporaryFolder(async (dir) => {
      const path = join(dir, 'wide.jpg');
      const wide = { width: 80, height: 40, channels: 3, background: { r: 200, g: 200, b: 200 } } as const;
      await sharp({ create: wide }).jpeg({ quality: 100 }).toFile(path);
      const pixels = await readImage(path, { size: [8, 8], channels: 1 });
      assert.equal(pixels.length, 64);
      assert.deepEqual([...pixels.subarray(0, 8)], new Array(8).fill(0));
      assert([...pixels.subarray(24, 40)].every((value) => Math.abs(value / 257 - 200) <= 2));
      assert.deepEqual([...pixels.subarray(56)], new Array(8).fill(0));
    }));

  it('reads a grey PNG of the right size as it is', () =>
    inTemporaryFolder(async (dir) => {
      const path = join(dir, 'grey.png');
      const pixels = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
      await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toFile(path);
      assert.deepEqual(
        [...(await readImage(path, { size: [8, 8], channels: 1 }))],
        Array.from(pixels, (value) => 257 * value),
      );
    }));

  it('keeps all 16 bits of a grey PNG that has them', () =>
    inTemporaryFolder(async (dir) => {
      const path = join(dir, 'deep.png');
      const pixels = Uint16Array.from({ length: 64 }, (_, i) => 60 * i);
      const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } });
      await image.toColourspace('grey16').png().toFile(path);
      assert.deepEqual(await readImage(path, { size: [8, 8], channels: 1 }), pixels);
    }));

  it('standardises to mean 0 and standard deviation 1', () => {
    assert.deepEqual(standardised(Uint16Array.of(10, 20, 10, 20)), Float32Array.of(-1, 1, -1, 1));
  });

  it('has no standard form for an image of one grey value', () => {
    assert.equal(standardised(Uint16Array.of(7, 7, 7)), undefined);
  });
});
