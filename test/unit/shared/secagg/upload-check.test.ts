import assert from 'node:assert/strict';
import { uploadCommitment } from '#shared/secagg/context';
import { commitmentProblem, uploadSize } from '#shared/secagg/upload-check';
import { bytesOf } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

const { parameters } = study({ count: 3 });
const transcript = bytesOf('T1');
const root = bytesOf('root');

describe('a commitment to an upload', () => {
  it('has the bytes and chunks that the plan fixes', () => {
    assert.deepEqual(uploadSize(parameters), { byteLength: 24, chunkCount: 2 });
    assert.deepEqual(uploadSize({ ...parameters, modulusBits: 17, wordCount: 9, chunkBytes: 34 }), {
      byteLength: 20,
      chunkCount: 1,
    });
  });

  it('is taken with any root under this transcript', () => {
    const commitment = uploadCommitment(transcript, { root, ...uploadSize(parameters) });
    assert.equal(commitmentProblem(commitment, transcript, parameters), undefined);
  });

  it('is refused with another number of chunks or bytes', () => {
    const chunks = uploadCommitment(transcript, { root, byteLength: 24, chunkCount: 3 });
    assert.equal(commitmentProblem(chunks, transcript, parameters), 'wrongLength');
    const bytes = uploadCommitment(transcript, { root, byteLength: 25, chunkCount: 2 });
    assert.equal(commitmentProblem(bytes, transcript, parameters), 'wrongLength');
  });

  it('is refused under another transcript, or as other bytes altogether', () => {
    const elsewhere = uploadCommitment(bytesOf('T2'), { root, ...uploadSize(parameters) });
    assert.equal(commitmentProblem(elsewhere, transcript, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(new Uint8Array(), transcript, parameters), 'transcriptMismatch');
    assert.equal(commitmentProblem(bytesOf('short'), transcript, parameters), 'transcriptMismatch');
  });
});
