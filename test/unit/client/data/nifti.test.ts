import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { decodeNifti } from '#client/data/nifti';
import { encodeNifti, readNifti } from '#client/data/nifti-file';
import { DecodeError } from '#shared/errors';

/** A file of 2 slices, 3 rows and 4 columns whose bytes count up. */
function plain(): { readonly bytes: Uint8Array; readonly view: DataView } {
  const values = Uint8Array.from({ length: 24 }, (_, i) => i);
  const bytes = new Uint8Array(gunzipSync(encodeNifti({ size: [2, 3, 4], values })));
  return { bytes, view: new DataView(bytes.buffer) };
}

function refuses(bytes: Uint8Array, code: string): void {
  assert.throws(() => decodeNifti(bytes), (error) => error instanceof DecodeError && error.code === code); // prettier-ignore
}

describe('volume files', () => {
  it('gives back what was written, voxel by voxel', () => {
    const { size, values } = decodeNifti(plain().bytes);
    assert.deepEqual(size, [2, 3, 4]);
    assert.deepEqual([...values], [...Array(24).keys()]);
  });

  it('scales by slope and intercept, and not at all where the slope is 0', () => {
    const { bytes, view } = plain();
    view.setFloat32(112, 0.5, true);
    view.setFloat32(116, -3, true);
    assert.deepEqual([...decodeNifti(bytes).values].slice(0, 4), [-3, -2.5, -2, -1.5]);
    view.setFloat32(112, 0, true);
    assert.deepEqual([...decodeNifti(bytes).values].slice(0, 4), [0, 1, 2, 3]);
  });

  it('turns every orientation so that axes run up, to the back and to the left', () => {
    const { bytes, view } = plain();
    for (const at of [280, 300, 320]) view.setFloat32(at, 0, true);
    view.setFloat32(280 + 4, 2, true); // j runs to the right
    view.setFloat32(296 + 8, 3, true); // k runs to the front
    view.setFloat32(312, 1, true); // i runs up
    const { size, values } = decodeNifti(bytes);
    assert.deepEqual(size, [4, 2, 3]);
    // i is depth; the last k comes first, and of it the last j
    assert.deepEqual([...values].slice(0, 6), [20, 16, 12, 8, 4, 0]);
    assert.deepEqual([...values].slice(6, 9), [21, 17, 13]);
  });

  it('refuses a header that lies, and says what was expected', () => {
    const [byte, short, real] = ['setUint8', 'setInt16', 'setFloat32'] as const;
    const changes: readonly (readonly [string, typeof byte | typeof short | typeof real, number, number])[] = [
      ['badFormat', byte, 344, 0x78],
      ['badFormat', short, 40, 9],
      ['badFormat', short, 40, 2],
      ['badFormat', short, 44, 0],
      ['badFormat', short, 46, -2],
      ['badFormat', short, 70, 128],
      ['badFormat', short, 72, 16],
      ['badFormat', real, 80, NaN],
      ['badFormat', real, 108, 100],
      ['badFormat', real, 108, NaN],
      ['badFormat', real, 112, Infinity],
      ['badFormat', real, 116, NaN],
      ['badFormat', real, 284, NaN],
      ['badFormat', real, 320, 0],
      ['wrongLength', short, 46, 3],
    ];
    for (const [code, kind, at, value] of changes) {
      const { bytes, view } = plain();
      view[kind](at, value, true);
      refuses(bytes, code);
    }
    const { bytes, view } = plain();
    for (const at of [42, 44, 46]) view.setInt16(at, 32_000, true);
    refuses(bytes, 'outOfRange');
    for (const length of [0, 100, 347, 352, 375]) {
      refuses(plain().bytes.slice(0, length), length < 348 ? 'badFormat' : 'wrongLength');
    }
  });

  it('refuses a voxel that is no finite number', () => {
    const { bytes } = plain();
    const real = new Uint8Array(352 + 96);
    real.set(bytes.subarray(0, 352));
    const view = new DataView(real.buffer);
    view.setInt16(70, 16, true);
    view.setInt16(72, 32, true);
    view.setFloat32(352 + 40, 1.5, true);
    assert.equal(decodeNifti(real).values[10], 1.5);
    view.setFloat32(352 + 40, NaN, true);
    refuses(real, 'badFormat');
  });
});

const data = new URL('../../../../../shared/data/', import.meta.url);

interface Expected {
  readonly image_path: string;
  readonly expected: string;
}

if (existsSync(new URL('malformed/expected.csv', data))) {
  const rows: readonly Expected[] = parse(readFileSync(new URL('malformed/expected.csv', data)), { columns: true });
  const volumes = rows.filter(({ image_path: path }) => /\.(nii|nii\.gz)$/.test(path));
  const read = (path: string): Promise<unknown> => readNifti(new URL(`malformed/${path}`, data).pathname);

  describe('broken and hostile volume files', () => {
    for (const { image_path: path, expected } of volumes) {
      it(`${path}: ${expected}`, async () => {
        const error = await read(path).then(
          () => undefined,
          (found: unknown) => found,
        );
        assert(error === undefined || error instanceof DecodeError, String(error));
        if (expected === 'accept') assert.equal(error, undefined);
        if (expected === 'reject') assert(error instanceof DecodeError);
      });
    }

    it('reads a big-endian and a NIfTI-2 control as the little-endian one', async () => {
      const [little, ...others] = await Promise.all(
        ['control_crop', 'control_big_endian', 'control_nifti2'].map((name) => read(`images/${name}.nii`)),
      );
      for (const other of others) assert.deepEqual(other, little);
    });

    it('stops a bomb before it is inflated', async () => {
      const before = process.memoryUsage().rss;
      await assert.rejects(read('images/gz_bomb_512MiB.nii.gz'), DecodeError);
      assert(process.memoryUsage().rss - before < 100 * 2 ** 20);
    });
  });
}

if (existsSync(new URL('volumes/metadata.csv', data))) {
  interface Described {
    readonly id: string;
    readonly format: string;
    readonly shape: string;
  }
  const rows: readonly Described[] = parse(readFileSync(new URL('volumes/metadata.csv', data)), { columns: true });
  const pairs: readonly { readonly id: string; readonly image_path: string }[] = parse(
    readFileSync(new URL('volumes/pairs.csv', data)),
    { columns: true },
  );

  describe('real volumes', () => {
    for (const { id, format, shape } of rows.filter(({ format }) => format.startsWith('NIfTI'))) {
      it(`reads ${id} (${format}, ${shape})`, async () => {
        const path = pairs.find((pair) => pair.id === id)?.image_path ?? '';
        const { size, values } = await readNifti(new URL(`volumes/${path}`, data).pathname);
        const [i, j, k] = shape.split('x').map(Number);
        assert.deepEqual(size, [k, j, i]); // all of them have their axes in this order
        assert.equal(values.length, i! * j! * k!);
        assert(values.some((value) => value !== values[0]));
      }).timeout(20_000);
    }
  });
}
