/** Sends an upload until the coordinator has all of it. @module */
import { ProtocolError } from '#shared/errors';
import type { SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import type { UploadName } from '#shared/wire/types';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { sendChunks } from './send-chunks.ts';
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
  const { name, path, parameters, wanted, signal } = sending;
  const { chunkCount: count } = uploadCut(parameters);
  const chunk = (index: number): Uint8Array => readChunk(path, index, parameters);
  const chunked = {
    ...{ count, wanted, mayHelp },
    present: () => calls.uploadStatus(name),
    send: async (missing: readonly number[]) => (missing.length === 0 ? count : calls.upload(name, missing, chunk)),
  };
  return sendChunks(chunked, signal);
}

/** The commitment, in the session, may come after this call; chunks that were damaged on their way are sent again. */
function mayHelp(error: unknown): boolean {
  const codes: readonly string[] = ['wrongPhase', 'commitmentMismatch'];
  return isTransient(error) || (error instanceof ProtocolError && codes.includes(error.code));
}
