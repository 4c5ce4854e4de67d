/** Sends an upload until the coordinator has all of it: asks which chunks are there, sends the rest, after losses again. @module */
import { ProtocolError } from '#shared/errors';
import { uploadSize } from '#shared/secagg/upload-check';
import type { SumParameters } from '#shared/secagg/types';
import type { UploadName } from '#shared/wire/types';
import { backOff } from './backoff.ts';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { readChunk } from './upload-file.ts';

/** One upload that this site has committed to. */
export interface Sending {
  readonly name: UploadName;
  /** The chunks on disk. */
  readonly path: string;
  readonly parameters: SumParameters;
  /** Whether the round still waits for it. */
  readonly wanted: () => boolean;
  readonly signal: AbortSignal;
}

/** Ends when all chunks are there, or nobody waits for them. @throws what the coordinator answers, unless trying again may help. */
export async function sendUpload(calls: Calls, sending: Sending): Promise<void> {
  const { wanted, signal, parameters } = sending;
  const { chunkCount } = uploadSize(parameters);
  for (let attempt = 0; wanted() && !signal.aborted; attempt++) {
    try {
      if ((await sendMissing(calls, sending, chunkCount)) === chunkCount) return;
    } catch (error) {
      if (!mayHelp(error)) throw error;
    }
    await backOff(attempt, signal);
  }
}

/** How many chunks are there then. */
async function sendMissing(calls: Calls, { name, path, parameters }: Sending, chunkCount: number): Promise<number> {
  const present = new Set(await calls.uploadStatus(name));
  const missing = Array.from({ length: chunkCount }, (_, i) => i).filter((index) => !present.has(index));
  if (missing.length === 0) return chunkCount;
  return calls.upload(name, missing, (index) => readChunk(path, index, parameters));
}

/** The commitment, in the session, may come after this call; chunks that were damaged on their way are sent again. */
function mayHelp(error: unknown): boolean {
  const codes: readonly string[] = ['wrongPhase', 'commitmentMismatch'];
  return isTransient(error) || (error instanceof ProtocolError && codes.includes(error.code));
}
