import assert from 'node:assert/strict';
import { uploadCommitment } from '#shared/secagg/context';
import { commitmentProblem, committedRoot } from '#shared/secagg/upload-check';
import { uploadCut } from '#shared/secagg/upload-cut';
import { bytesOf } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

const { parameters } = study({ count: 3 });
const maskedInput = bytesOf('T2');
const root = bytesOf('root');
const cut = uploadCut(parameters);

describe('a commitment to an upload', () => {
  it('has the bytes and chunks that the plan fixes', () => {
    const { byteLength, chunkCount } = cut;
    assert.deepEqual([byteLength, chunkCount], [24, 2]);
    const other = uploadCut({ ...parameters, modulusBits: 17, wordCount: 9, chunkBytes: 34 });
    assert.deepEqual([other.byteLength, other.chunkCount], [20, 1]);
  });

  it('is taken with any root under this T2', () => {
    const commitment = uploadCommitment(maskedInput, { root, ...cut });
    assert.equal(commitmentProblem(commitment, maskedInput, parameters), undefined);
    assert.deepEqual(committedRoot(commitment), root);
  });

  it('is refused with another number of chunks or bytes', () => {
    const chunks = uploadCommitment(maskedInput, { root, byteLength: 24, chunkCount: 3 });
    assert.equal(commitmentProblem(chunks, maskedInput, parameters), 'wrongLength');
    const bytes = uploadCommitment(maskedInput, { root, byteLength: 25, chunkCount: 2 });
    assert.equal(commitmentProblem(bytes, maskedInput, parameters), 'wrongLength');
  });

  it('is refused under another T2, or as other bytes altogether', () => {
    const elsewhere = uploadCommitment(bytesOf('another T2'), { root, ...cut });
    assert.equal(commitmentProblem(elsewhere, maskedInput, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(new Uint8Array(), maskedInput, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(bytesOf('short'), maskedInput, parameters), 'transcriptMismatch');
  });
});
