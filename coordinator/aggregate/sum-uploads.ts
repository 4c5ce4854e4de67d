/**
 * The sum of the uploads of U3 with the masks off, piece by piece: one chunk of every upload at a time, so that memory
 * depends neither on the number of sites nor on the length of the vector. Source: secure-sum, sections 5, 7 and 8.
 */
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import type { SiteId } from '#shared/util/ids';
import type { ChunkWork } from './chunk-work.ts';

/** Whose uploads are added, and which masks are on their sum. */
export interface SumRequest {
  readonly planId: number;
  readonly round: number;
  readonly attempt: number;
  readonly u3: readonly SiteId[];
  /** With the signs that they have in the sum. */
  readonly masks: readonly Mask[];
}

/** `Σ_{i in U3} y_i − Σ masks mod 2^m` as the aggregate's bytes (`aggregateLength`), one piece for each chunk. */
export async function* sumUploads(
  work: ChunkWork,
  parameters: SumParameters,
  request: SumRequest,
): AsyncGenerator<Uint8Array> {
  const { planId, round, attempt, u3, masks } = request;
  const places = u3.map((site) => ({ planId, round, attempt, site }));
  const { chunkCount } = uploadCut(parameters);
  for (let index = 0; index < chunkCount; index++) yield await work.sum(places, index, masks);
}
