/** Sends an upload until the coordinator has all of it: asks which chunks are there, sends the rest, after losses again. @module */
import { uploadSize } from '#shared/secagg/upload-check';
import type { SumParameters } from '#shared/secagg/types';
import type { UploadName } from '#shared/wire/types';
import { backOff } from './backoff.ts';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { readChunk } from './upload-file.ts';

/** Ends when all chunks are there, or when `signal` aborts. @throws what the coordinator answers, unless it is transient. */
export async function sendUpload(
  calls: Calls,
  name: UploadName,
  path: string,
  parameters: SumParameters,
  signal: AbortSignal,
): Promise<void> {
  const { chunkCount } = uploadSize(parameters);
  const all = Array.from({ length: chunkCount }, (_, i) => i);
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const present = new Set(await calls.uploadStatus(name));
      const missing = all.filter((index) => !present.has(index));
      if (missing.length === 0) return;
      const count = await calls.upload(name, missing, (index) => readChunk(path, index, parameters));
      if (count === chunkCount) return;
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    await backOff(attempt, signal);
  }
}
