import assert from 'node:assert/strict';
import {
  blurred,
  ellipsoidDistance2,
  inEllipsoid,
  sampled,
  slowNoise,
  toBytes,
  type VolumeSize,
  whiteNoise,
} from '#client/data/phantom/volume-field';
import { randomFor } from '#client/data/random';

const size: VolumeSize = [4, 6, 8];

describe('small volumes of numbers', () => {
  it('sample a field at the centres of the voxels, columns fastest and slices slowest', () => {
    const places: (readonly number[])[] = [];
    const values = sampled([2, 1, 4], (x, y, z, at) => {
      places.push([x, y, z]);
      return at;
    });
    assert.deepEqual([...values], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(places.slice(0, 2), [[-0.75, 0, -0.5], [-0.25, 0, -0.5]]); // prettier-ignore
    assert.deepEqual(places[4], [-0.75, 0, 0.5]);
  });

  it('measure ellipsoids in units of their radii, 1 at the surface, where half of the soft body is', () => {
    const body = { x: 0.125, y: -0.25, z: 0.5, rx: 0.5, ry: 0.25, rz: 2 };
    assert.equal(ellipsoidDistance2(body, 0.125, -0.25, 0.5), 0);
    assert.equal(ellipsoidDistance2(body, 0.625, -0.25, 0.5), 1);
    assert.equal(ellipsoidDistance2(body, 0.125, -0.25, 2.5), 1);
    assert.equal(inEllipsoid(body, 6, 0.125, 0, 0.5), 0.5);
  });

  it('blur without adding or losing anything of a constant, along the axes asked for alone', () => {
    const flat = new Float32Array(4 * 6 * 8).fill(0.7);
    for (const value of blurred(flat, size, [1, 0.5, 2])) assert(Math.abs(value - 0.7) < 1e-6);
    const point = new Float32Array(4 * 6 * 8);
    point[(1 * 6 + 3) * 8 + 4] = 1;
    const inSlice = blurred(point, size, [0, 0.5, 0.5]);
    const slices = Array.from({ length: 4 }, (_, z) => inSlice.slice(z * 48, (z + 1) * 48).reduce((a, b) => a + b, 0));
    assert.deepEqual(slices.map((sum) => Number(sum.toFixed(5))), [0, 1, 0, 0]); // prettier-ignore
    const across = blurred(point, size, [0.5, 0, 0]);
    assert(across[(0 * 6 + 3) * 8 + 4]! > 0.05 && across[(1 * 6 + 3) * 8 + 3] === 0);
  });

  it('draw slow noise that meets its grid and is linear in between', () => {
    const noise = slowNoise(randomFor(1, 'slow'), 2);
    const [left, middle, right] = [noise(-1, 0, 0, 0), noise(-0.5, 0, 0, 0), noise(0, 0, 0, 0)];
    assert(Math.abs(middle - (left + right) / 2) < 1e-6);
    assert.notEqual(left, right);
    assert(Number.isFinite(noise(1.4, -1.4, 1.4, 0)));
  });

  it('draw the same white noise from the same stream, and make bytes of what is between 0 and 1', () => {
    const noise = whiteNoise(size, randomFor(5, 'white'));
    assert.deepEqual(noise, whiteNoise(size, randomFor(5, 'white')));
    assert.notDeepEqual(noise, whiteNoise(size, randomFor(6, 'white')));
    assert.deepEqual([...toBytes(Float32Array.of(-1, 0, 0.5, 1, 2))], [0, 0, 128, 255, 255]);
  });
});
