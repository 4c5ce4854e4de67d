import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNifti } from '#client/data/nifti-file';
import { onGrid, readVolume } from '#client/data/read-volume';
import { resampled } from '#client/data/resample-volume';

describe('volumes on another grid', () => {
  const ramp = Float32Array.from({ length: 4 * 6 * 8 }, (_, at) => at % 8);

  it('leaves a volume of the size asked for alone', () => {
    assert.deepEqual(resampled(ramp, [4, 6, 8], [4, 6, 8]), ramp);
  });

  it('keeps a constant, whatever the size', () => {
    const flat = new Float32Array(5 * 7 * 3).fill(0.3);
    for (const to of [[2, 3, 9], [11, 4, 1]]) assert(resampled(flat, [5, 7, 3], to).every((value) => value === flat[0])); // prettier-ignore
  });

  it('keeps a ramp a ramp where it grows, and averages where it shrinks', () => {
    const grown = resampled(ramp, [4, 6, 8], [4, 6, 16]).slice(0, 16);
    for (let i = 1; i < 15; i++) assert(Math.abs(grown[i]! - ((i + 0.5) / 2 - 0.5)) < 1e-6);
    const shrunk = resampled(ramp, [4, 6, 8], [2, 3, 4]).slice(0, 4);
    assert.deepEqual([...shrunk.slice(1, 3)].map((value) => value.toFixed(5)), ['2.50000', '4.50000']); // prettier-ignore
  });

  it('passes no voxel over when it shrinks', () => {
    const size = [6, 20, 20];
    for (let at = 0; at < 2400; at += 97) {
      const point = new Float32Array(2400);
      point[at] = 1;
      assert(resampled(point, size, [2, 4, 4]).some((value) => value > 0));
    }
  });

  it('interpolates along each axis by itself', () => {
    const box = Float32Array.of(0, 0, 0, 0, 8, 8, 8, 8);
    const values = resampled(box, [2, 2, 2], [4, 2, 2]);
    assert.deepEqual([0, 4, 8, 12].map((at) => values[at]), [0, 2, 6, 8]); // prettier-ignore
  });
});

describe('reading a volume', () => {
  it('cuts the thousandth at either end and nothing else', () => {
    const values = Float32Array.from({ length: 10 * 10 * 40 }, (_, i) => i);
    values[7] = -1e6;
    values[3000] = 1e9;
    const read = onGrid({ size: [10, 10, 40], values }, [10, 10, 40]);
    assert.deepEqual([read[7], read[3000], read[500]], [3, 3996, 500]);
    assert.equal(Math.min(...read), 3);
  });

  it('reads a file on the grid asked for', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'volume-'));
    try {
      const values = Uint8Array.from({ length: 4 * 8 * 8 }, (_, at) => 10 * Math.floor(at / 64));
      await writeFile(join(dir, 'a.nii.gz'), encodeNifti({ size: [4, 8, 8], values }));
      assert.deepEqual(await readVolume(join(dir, 'a.nii.gz'), [4, 8, 8]), new Float32Array(values));
      const half = await readVolume(join(dir, 'a.nii.gz'), [2, 4, 4]);
      assert.equal(half.length, 32);
      assert(half[0]! < 15 && half[31]! > 15);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
