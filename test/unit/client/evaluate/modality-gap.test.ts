import assert from 'node:assert/strict';
import { modalityGap } from '#client/evaluate/modality-gap';

describe('modality gap', () => {
  it('is 0 where both sides are one cloud, and the distance of the centres where they are not', () => {
    const cloud = [[1, 0], [0, 2]]; // prettier-ignore
    assert.deepEqual(modalityGap({ images: cloud, texts: cloud }), { gap: 0, alignment: 1 });
    const { gap } = modalityGap({ images: [[3, 0], [1, 0]], texts: [[0, 1], [0, 4]] }); // prettier-ignore
    assert(Math.abs(gap! - Math.SQRT2) < 1e-12);
  });

  it('says how much nearer partners are than others', () => {
    const images = [[1, 0], [0, 1]]; // prettier-ignore
    const swapped = [[0, 1], [1, 0]]; // prettier-ignore
    assert.equal(modalityGap({ images, texts: swapped }).alignment, -1);
    assert.equal(modalityGap({ images: [[1, 0]], texts: [[1, 0]] }).alignment, null);
    assert.deepEqual(modalityGap({ images: [], texts: [] }), { gap: null, alignment: null });
  });
});
