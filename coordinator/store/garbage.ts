/**
 * Bulk bytes pass through here in buffers that are used once. V8 does not see how much memory buffers hold and lets some
 * 64 MiB of them pile up, more the faster they come, so the more sites there are; a small collection now and then keeps
 * that from growing with them.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So many bytes may be used before the next collection of what is young, which takes a millisecond or two. */
const collectEveryBytes = 2 << 20;
/**
 * Every so many of them everything is collected, and what is free given back to the system, in some 30 ms: buffers that
 * waited for their turn are not young any more.
 */
const wholeEvery = 16;

interface Collection {
  readonly type: 'minor' | 'major';
  readonly flavor?: 'last-resort';
}

setFlagsFromString('--semi-space-growth-factor=1'); // what is young does not grow with the rate of messages either
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: Collection) => void; // V8's own, by that flag
let spentBytes = 0;
let collections = 0;

/** Counts bulk bytes that are not needed any more. */
export function spent(bytes: number): void {
  spentBytes += bytes;
  if (spentBytes < collectEveryBytes) return;
  spentBytes = 0;
  collections += 1;
  if (collections % wholeEvery === 0) collectWhole();
  else collect({ type: 'minor' });
}

/** Collects everything and gives what is free back to the system: for whoever is about to need much. */
export function collectWhole(): void {
  collect({ type: 'major', flavor: 'last-resort' });
}

/** Smaller ones may lie in a buffer that others share. */
const leastBytes = 64 << 10;
/** What may stand before the bytes of a message in its buffer. */
const headBytes = 64;

/** Gives the memory of bulk bytes back now. Whoever still holds them finds them empty. */
export function release({ buffer, byteLength }: Uint8Array | Uint32Array): void {
  const isAlone = byteLength >= leastBytes && buffer.byteLength - byteLength <= headBytes;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
