/** Whether a commitment can be one to an upload of this plan, masked over this U2. Source: secure-sum, section 5. @module */
import { equalBytes } from '../util/bytes.ts';
import { uploadCommitment } from './context.ts';
import type { SumParameters } from './types.ts';
import { uploadCut } from './upload-cut.ts';

/** Bytes of the framed T2 at the end of a commitment, and the place of the root at its beginning. */
const transcriptPart = 36;
const rootPart = { from: 4, to: 36 };

/** How many bytes and chunks every upload of the plan has. */
export function uploadSize(parameters: SumParameters): { readonly byteLength: number; readonly chunkCount: number } {
  const { byteLength, chunkCount } = uploadCut(parameters);
  return { byteLength, chunkCount };
}

/** What is wrong with `F(root, chunkCount, byteLength, T2)`, if anything. */
export function commitmentProblem(
  commitment: Uint8Array,
  maskedInput: Uint8Array,
  parameters: SumParameters,
): 'transcriptMismatch' | 'wrongLength' | undefined {
  const root = commitment.slice(rootPart.from, rootPart.to);
  const expected = uploadCommitment(maskedInput, { root, ...uploadSize(parameters) });
  if (equalBytes(commitment, expected)) return undefined;
  const sameTranscript = equalBytes(commitment.slice(-transcriptPart), expected.slice(-transcriptPart));
  return sameTranscript ? 'wrongLength' : 'transcriptMismatch';
}
