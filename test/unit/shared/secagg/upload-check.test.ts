import assert from 'node:assert/strict';
import { uploadCommitment } from '#shared/secagg/context';
import { commitmentProblem, committedRoot, uploadSize } from '#shared/secagg/upload-check';
import { bytesOf } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

const { parameters } = study({ count: 3 });
const maskedInput = bytesOf('T2');
const root = bytesOf('root');

describe('a commitment to an upload', () => {
  it('has the bytes and chunks that the plan fixes', () => {
    assert.deepEqual(uploadSize(parameters), { byteLength: 24, chunkCount: 2 });
    assert.deepEqual(uploadSize({ ...parameters, modulusBits: 17, wordCount: 9, chunkBytes: 34 }), {
      byteLength: 20,
      chunkCount: 1,
    });
  });

  it('is taken with any root under this T2', () => {
    const commitment = uploadCommitment(maskedInput, { root, ...uploadSize(parameters) });
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
    const elsewhere = uploadCommitment(bytesOf('another T2'), { root, ...uploadSize(parameters) });
    assert.equal(commitmentProblem(elsewhere, maskedInput, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(new Uint8Array(), maskedInput, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(bytesOf('short'), maskedInput, parameters), 'transcriptMismatch');
  });
});
