/**
 * Bulk bytes: a short head and then the data, which is copied once on its way out and not at all on its way in. The heads
 * are written by hand and are what the generated code writes, as a test shows.
 *
 * @module
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { DecodeError } from '../errors.ts';
import { concatBytes, equalBytes } from '../util/bytes.ts';

/** `UploadRequest { chunk: { index, data } }`. */
export function encodeChunk(index: number, data: Uint8Array): Uint8Array {
  return concatBytes([chunkHead(index, data.length), data]);
}

/** `FetchAggregateResponse { offset, data }`. */
export function encodePiece(offset: number, data: Uint8Array): Uint8Array {
  return concatBytes([pieceHead(offset, data.length), data]);
}

/** @throws DecodeError (nonCanonical) if `bytes` are not this head and this data, which is a view of their end. */
export function expectHead(name: string, head: Uint8Array, data: Uint8Array, bytes: Uint8Array): void {
  const found = bytes.subarray(0, bytes.length - data.length);
  const atTheEnd = data.length === 0 || data.byteOffset === bytes.byteOffset + found.length;
  if (atTheEnd && equalBytes(found, head)) return;
  throw new DecodeError('nonCanonical', `${name}: unknown fields, or another spelling of the same message`);
}

/** What comes before the data of a chunk. */
export function chunkHead(index: number, length: number): Uint8Array {
  const inner = tail(
    index === 0 ? new BinaryWriter() : new BinaryWriter().tag(1, WireType.Varint).uint32(index),
    length,
  );
  const outer = new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .uint32(inner.length + length)
    .finish();
  return concatBytes([outer, inner]);
}

/** What comes before the data of a piece. */
export function pieceHead(offset: number, length: number): Uint8Array {
  return tail(
    offset === 0 ? new BinaryWriter() : new BinaryWriter().tag(1, WireType.Varint).uint64(BigInt(offset)),
    length,
  );
}

/** A field without bytes is not written. */
function tail(head: BinaryWriter, length: number): Uint8Array {
  return length === 0 ? head.finish() : head.tag(2, WireType.LengthDelimited).uint32(length).finish();
}
