import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { extractiveSummariser, mergedStatements, positivePrompt } from '#client/methods/brgsa/sentences';
import { chestEnglish } from '#client/methods/selip/code-book-chest-en';

const summarise = extractiveSummariser(chestEnglish);

describe('statements of a report', () => {
  it('are its sentences that name something to be seen, present or absent, each once', async () => {
    const report = 'Compared with last week. Nodule in the left lung. No effusion. Nodule in the left lung. Thank you.';
    assert.deepEqual(await summarise([report, 'Dictated by phone.']), [['Nodule in the left lung', 'No effusion'], []]);
  });

  it('are merged at random, one to five of them, none twice', () => {
    const statements = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const random = randomFor(1, 'merge');
    const counts = Array.from({ length: 200 }, () => {
      const parts = mergedStatements(statements, 5, random).split(' ');
      assert.equal(new Set(parts).size, parts.length);
      return parts.length;
    });
    assert.deepEqual([...new Set(counts)].sort(), [1, 2, 3, 4, 5]);
    assert.equal(mergedStatements(['a'], 5, random), 'a.');
    assert.equal(mergedStatements([], 5, random), '');
  });

  it('are asked for by one positive prompt', () => {
    assert.equal(positivePrompt('pleural effusion'), 'There is pleural effusion');
  });
});
