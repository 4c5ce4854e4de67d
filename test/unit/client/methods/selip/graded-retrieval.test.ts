import assert from 'node:assert/strict';
import { headCases } from '#client/data/phantom/head/generate';
import { randomFor } from '#client/data/random';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { type Gallery, gradedChance, gradedRetrieval } from '#client/methods/selip/graded-retrieval';
import { labelRelevance } from '#client/methods/selip/label-relevance';
import { studyReader } from '#client/methods/selip/studies';

describe('relevance by labels', () => {
  it('is the share of equal parts of the best matches, both ways', () => {
    const [cyst, other] = ['cyst:pons:hypointense', 'cyst:left thalamus:hypointense'];
    assert.equal(labelRelevance([cyst], [cyst]), 1);
    assert.equal(labelRelevance([cyst], [other]), 2 / 3);
    assert.equal(labelRelevance([cyst], ['mass:insula:hyperintense']), 0);
    assert.equal(labelRelevance([cyst, other], [cyst]), (1 + 2 / 3 + 1) / 3);
    assert.equal(labelRelevance([cyst], [cyst, other]), labelRelevance([cyst, other], [cyst]));
    assert.equal(labelRelevance(['normal'], ['normal']), 1);
    assert.equal(labelRelevance(['COVID-19'], ['COVID-19', 'ARDS']), 2 / 3);
  });

  it('is 0 for a study without labels', () => {
    assert.equal(labelRelevance([], []), 0);
    assert.equal(labelRelevance(['a'], []), 0);
  });
});

describe('graded retrieval', () => {
  const labels = [['a:x'], ['a:x'], ['a:y'], ['b:z']];
  const texts = ['ax', 'ax', 'ay', 'bz'];

  it('counts equal texts as one entry with the best of their scores', () => {
    const similarity = [
      [0.1, 0.9, 0.5, 0.2],
      [0.1, 0.3, 0.5, 0.2],
      [0.1, 0.2, 0.5, 0.3],
      [0.1, 0.2, 0.3, 0.9],
    ];
    const figures = gradedRetrieval({ similarity, texts, labels });
    assert.deepEqual(figures.exactText, { recallAt1: 0.75, recallAt5: 1, recallAt10: 1 });
    const [log3, half] = [Math.log2(3), 0.5];
    const best = 1 + half / log3;
    const ndcg = [1, (half + 1 / log3) / best, (1 + 0 / log3 + half / 2) / best, 1];
    assert(Math.abs(figures.ndcgAt10! - ndcg.reduce((a, b) => a + b) / 4) < 1e-12);
    assert(Math.abs(figures.relevanceAt5! - (0.5 + 0.5 + 0.5 + 1 / 3) / 4) < 1e-12);
  });

  it('counts ties against the image', () => {
    const similarity = texts.map(() => [0, 0, 0, 0]);
    assert.equal(gradedRetrieval({ similarity, texts, labels }).exactText.recallAt1, 0);
  });

  it('leaves images without labels out of what labels say, and has no figure without any', () => {
    const similarity = texts.map((_, i) => texts.map((__, j) => Number(i === j)));
    const none = gradedRetrieval({ similarity, texts, labels: labels.map(() => []) });
    assert.deepEqual([none.ndcgAt10, none.relevanceAt5], [null, null]);
    const one = gradedRetrieval({ similarity, texts, labels: [[], [], ['a:y'], ['b:z']] });
    assert.equal(one.ndcgAt10, 1);
  });

  it('expects of a random order what many random orders give', () => {
    const gallery: Omit<Gallery, 'similarity'> = { texts, labels };
    const chance = gradedChance(gallery);
    const random = randomFor(1, 'orders');
    const orders = Array.from({ length: 1000 }, () =>
      gradedRetrieval({ ...gallery, similarity: texts.map(() => texts.map(() => random.uniform())) }),
    );
    const mean = (pick: (figures: (typeof orders)[number]) => number): number =>
      orders.reduce((sum, figures) => sum + pick(figures), 0) / orders.length;
    assert(Math.abs(mean(({ relevanceAt5 }) => relevanceAt5!) - chance.relevanceAt5!) < 0.02);
    assert.deepEqual(chance.exactText, { recallAt1: 1 / 3, recallAt5: 1, recallAt10: 1 });
  });
});

describe('the ceiling of the head phantom', () => {
  it('is 1 in nDCG and nearly 1 in exact texts for a reader who sees what was drawn, and far above guessing', () => {
    const read = studyReader(headMriEnglish);
    const cases = headCases({ seed: 1, site: 'west', trainPairs: 0, testPairs: 100 });
    const labels = cases.map((one) => one.labels);
    const gallery = { labels, texts: cases.map(({ report }) => read(report).text) };
    const similarity = labels.map((own) => labels.map((other) => labelRelevance(own, other)));
    const [ceiling, chance] = [gradedRetrieval({ ...gallery, similarity }), gradedChance(gallery)];
    assert(Math.abs(ceiling.ndcgAt10! - 1) < 1e-9);
    assert(ceiling.exactText.recallAt5 >= 0.99);
    assert(ceiling.relevanceAt5! > 0.55 && ceiling.relevanceAt5! < 0.75, `${ceiling.relevanceAt5}`);
    assert(chance.ndcgAt10! < 0.5 && chance.relevanceAt5! < 0.35 && chance.exactText.recallAt5 < 0.1);
  });
});
