import assert from 'node:assert/strict';
import { decodeCheckpoint, decodeSafetensors, encodeSafetensors } from '#client/model/safetensors';
import { concatBytes, utf8 } from '#shared/util/bytes';

const tensors = [
  { name: 'a', shape: [2, 3], values: Float32Array.of(1, -2, 3, 0.5, 0, 1e-20) },
  { name: 'scale', shape: [], values: Float32Array.of(2.5) },
];

/** A file with this header and so many zero bytes of tensors. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = utf8(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return concatBytes([length, json, new Uint8Array(dataBytes)]);
}
const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

describe('safetensors', () => {
  it('decodes what it encodes, metadata included', () => {
    const { tensors: back, metadata } = decodeSafetensors(encodeSafetensors(tensors, { plan: 'a1' }));
    assert.deepEqual(back, tensors);
    assert.deepEqual(metadata, { plan: 'a1' });
  });

  it('writes the bytes that the format prescribes', () => {
    const bytes = encodeSafetensors([{ name: 'x', shape: [1], values: Float32Array.of(1) }]);
    const json = '{"__metadata__":{},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const header = json.padEnd(Math.ceil(json.length / 8) * 8, ' ');
    assert.deepEqual(
      bytes,
      concatBytes([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), utf8(header), Uint8Array.of(0, 0, 0x80, 0x3f)]),
    );
  });

  it('reads tensors that lie elsewhere in memory', () => {
    const bytes = encodeSafetensors(tensors);
    const shifted = concatBytes([new Uint8Array(3), bytes]).subarray(3);
    assert.deepEqual(decodeSafetensors(shifted).tensors, tensors);
  });

  it('refuses a file that ends early, at every byte', () => {
    const bytes = encodeSafetensors(tensors);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeSafetensors(bytes.subarray(0, length)), { name: 'DecodeError' });
    }
  });

  const nan = file({ x: entry }, 4);
  nan.set([0, 0, 0xc0, 0x7f], nan.length - 4);
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['a header that is not JSON', file('{', 0), 'badFormat'],
    ['a header that is a list', file([], 0), 'badFormat'],
    ['another type', file({ x: { ...entry, dtype: 'F16' } }, 4), 'badFormat'],
    ['a shape that is not of its bytes', file({ x: { ...entry, shape: [2] } }, 4), 'badFormat'],
    ['a negative size', file({ x: { ...entry, shape: [-1] } }, 4), 'badFormat'],
    ['a further key', file({ x: { ...entry, more: 1 } }, 4), 'badFormat'],
    ['a hole', file({ x: { ...entry, data_offsets: [4, 8] } }, 8), 'badFormat'],
    ['an overlap', file({ x: entry, y: entry }, 4), 'badFormat'],
    ['one offset', file({ x: { ...entry, data_offsets: [0] } }, 4), 'badFormat'],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }, 0), 'badFormat'],
    ['bytes after the tensors', file({ x: entry }, 5), 'wrongLength'],
    ['NaN', nan, 'outOfRange'],
  ];
  for (const [what, bytes, code] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(() => decodeSafetensors(bytes), { name: 'DecodeError', code });
    });
  }

  it('reads a checkpoint in half, brain and double precision, and leaves out whole numbers', () => {
    const bytes = file(
      {
        positions: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
        double: { dtype: 'F64', shape: [], data_offsets: [8, 16] },
        half: { dtype: 'F16', shape: [4], data_offsets: [16, 24] },
        brain: { dtype: 'BF16', shape: [2, 1], data_offsets: [24, 28] },
        single: { dtype: 'F32', shape: [1], data_offsets: [28, 32] },
      },
      32,
    );
    const view = new DataView(bytes.buffer, bytes.length - 32);
    view.setFloat64(8, -0.1, true);
    [0x3c00, 0xc248, 0x0001, 0x7bff].forEach((bits, i) => { view.setUint16(16 + 2 * i, bits, true); }); // prettier-ignore
    [0x3fc0, 0xc049].forEach((bits, i) => { view.setUint16(24 + 2 * i, bits, true); }); // prettier-ignore
    view.setFloat32(28, 7, true);
    assert.deepEqual(decodeCheckpoint(bytes), [
      { name: 'double', shape: [], values: Float32Array.of(-0.1) },
      { name: 'half', shape: [4], values: Float32Array.of(1, -3.140625, 2 ** -24, 65504) },
      { name: 'brain', shape: [2, 1], values: Float32Array.of(1.5, -3.140625) },
      { name: 'single', shape: [1], values: Float32Array.of(7) },
    ]);
    assert.throws(() => decodeSafetensors(bytes), { code: 'badFormat' });
  });

  it('refuses a checkpoint with infinity, or of a type that is none', () => {
    const infinite = file({ x: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }, 2);
    infinite.set([0, 0x7c], infinite.length - 2);
    assert.throws(() => decodeCheckpoint(infinite), { code: 'outOfRange' });
    const other = file({ x: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1);
    assert.throws(() => decodeCheckpoint(other), { code: 'badFormat', message: /none of F32, F64/ });
  });
});
