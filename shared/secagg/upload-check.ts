/** Whether a commitment can be one to an upload of this plan, masked over this U2. Source: secure-sum, section 5. @module */
import { equalBytes } from '../util/bytes.ts';
import { uploadCommitment } from './context.ts';
import type { SumParameters } from './types.ts';
import { uploadCut } from './upload-cut.ts';

/** Bytes of the framed T2 at the end of a commitment. */
const transcriptPart = 36;

/** The Merkle root of the upload: the first part of the frame, behind its length. */
export function committedRoot(commitment: Uint8Array): Uint8Array {
  return commitment.slice(4, 36);
}

/** What is wrong with `F(root, chunkCount, byteLength, T2)`, if anything. */
export function commitmentProblem(
  commitment: Uint8Array,
  maskedInput: Uint8Array,
  parameters: SumParameters,
): 'transcriptMismatch' | 'wrongLength' | undefined {
  const { chunkCount, byteLength } = uploadCut(parameters);
  const expected = uploadCommitment(maskedInput, { root: committedRoot(commitment), chunkCount, byteLength });
  if (equalBytes(commitment, expected)) return undefined;
  const sameTranscript = equalBytes(commitment.slice(-transcriptPart), expected.slice(-transcriptPart));
  return sameTranscript ? 'wrongLength' : 'transcriptMismatch';
}
