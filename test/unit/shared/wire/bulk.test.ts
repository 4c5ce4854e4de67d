import assert from 'node:assert/strict';
import { DecodeError } from '#shared/errors';
import { encodeChunk, encodePiece } from '#shared/wire/bulk';
import { decodeAggregatePiece, decodeUploadPart } from '#shared/wire/decode';
import { FetchAggregateResponse, UploadRequest } from '../../../../shared/wire/generated/consilium/v1/upload.ts';

const lengths = [0, 1, 127, 128, 16_383, 16_384, 300_000];

describe('bulk bytes', () => {
  for (const length of lengths) {
    const data = Uint8Array.from({ length }, (_, i) => i % 251);

    it(`are written as the generated code writes them, ${String(length)} of them`, () => {
      for (const index of [0, 1, 200, 262_143]) {
        const generated = UploadRequest.encode({ part: { $case: 'chunk', value: { index, data } } }).finish();
        assert.deepEqual(encodeChunk(index, data), generated);
      }
      for (const offset of [0, 5, 2 ** 33 + 1]) {
        const generated = FetchAggregateResponse.encode({ offset: BigInt(offset), data }).finish();
        assert.deepEqual(encodePiece(offset, data), generated);
      }
    });
  }

  const data = new Uint8Array(40).fill(9);
  const chunk = encodeChunk(3, data);
  const piece = encodePiece(3, data);

  for (const [what, read, bytes] of [
    ['a field after the chunk', decodeUploadPart, Uint8Array.of(...chunk, 0xa0, 0x06, 0x01)],
    ['a second chunk', decodeUploadPart, Uint8Array.of(...chunk, ...chunk)],
    ['a longer way to write a length', decodeUploadPart, Uint8Array.of(0x12, chunk[1]! | 0x80, 0, ...chunk.slice(2))],
    ['data before the index', decodeUploadPart, Uint8Array.of(0x12, 44, 0x12, 40, ...data, 0x08, 3)],
    ['a field after the piece', decodeAggregatePiece, Uint8Array.of(...piece, 0xa0, 0x06, 0x01)],
    ['data before the offset', decodeAggregatePiece, Uint8Array.of(0x12, 40, ...data, 0x08, 3)],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(
        () => read(bytes),
        (error) => error instanceof DecodeError && error.code === 'nonCanonical',
      );
    });
  }

  it('are refused when they are cut anywhere', () => {
    for (let length = 0; length < chunk.length; length++) {
      assert.throws(() => decodeUploadPart(chunk.slice(0, length)), DecodeError);
    }
  });
});
