import assert from 'node:assert/strict';
import { poolingCases } from '../../../../support/engine/convolution-cases.ts';
import { largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';

describe('max pooling by two', () => {
  for (const one of poolingCases) {
    it(`is the reference's, with its gradient, on ${one.name}`, async () => {
      assert.equal(largestDifference(await runCase(one, 'onnx'), await runCase(one, 'reference')), 0);
    });
  }
});
