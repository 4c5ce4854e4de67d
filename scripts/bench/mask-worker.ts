/** Adds masks to a part of a shared vector each time it is asked, beginning at its own place of the keystreams. */
import { parentPort, workerData } from 'node:worker_threads';
import { nodeCrypto } from '#shared/crypto/node';
import { addMasks } from '#shared/secagg/mask';
import type { Mask } from '#shared/secagg/types';

/** The part of the vector that a worker has, and the masks. */
export interface MaskWork {
  readonly vector: SharedArrayBuffer;
  readonly firstWord: number;
  readonly wordCount: number;
  readonly masks: readonly Mask[];
}

const { vector, firstWord, wordCount, masks } = workerData as MaskWork;
const part = new Uint32Array(vector, 4 * firstWord, wordCount);
parentPort?.on('message', () => {
  addMasks(nodeCrypto, part, masks, firstWord);
  parentPort?.postMessage('done');
});
