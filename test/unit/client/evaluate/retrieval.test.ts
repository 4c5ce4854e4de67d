import assert from 'node:assert/strict';
import { randomFor, shuffled } from '#client/data/random';
import { recall } from '#client/evaluate/retrieval';

const random = randomFor(9, 'retrieval');
const similarity = Array.from({ length: 25 }, () => Array.from({ length: 25 }, () => random.integer(6))); // with ties
const k = [1, 5, 10];

describe('retrieval', () => {
  it('permuting the gallery does not change R@K', () => {
    const order = shuffled([...similarity.keys()], random);
    const permuted = order.map((i) => order.map((j) => similarity[i]![j]!));
    const [before, after] = [recall(similarity, k), recall(permuted, k)];
    assert.deepEqual(after.imageToText.recall, before.imageToText.recall);
    assert.deepEqual(after.textToImage.recall, before.textToImage.recall);
  });

  it('ties do not favour the diagonal: with all scores equal nothing is found', () => {
    const flat = similarity.map((row) => row.map(() => 1));
    assert.deepEqual(recall(flat, k).imageToText.recall, [0, 0, 0]);
    assert.deepEqual(recall(flat, [25]).imageToText.recall, [1]);
  });

  it('gives a model that diverged the last rank, not the first', () => {
    const [nan, mixed] = [similarity.map((row) => row.map(() => NaN)), similarity.map((row) => [...row])];
    assert.deepEqual(recall(nan, k).imageToText.recall, [0, 0, 0]);
    mixed[0]![0] = NaN;
    assert.equal(recall(mixed, k).imageToText.ranks[0], 25);
  });

  it('is deterministic', () => {
    assert.deepEqual(recall(similarity, k), recall(similarity, k));
  });
});
