import assert from 'node:assert/strict';
import { learnPieces } from '#client/text/learn-pieces';

describe('learn-pieces', () => {
  it('merges the most frequent neighbours first', () => {
    assert.deepEqual(learnPieces(['aab', 'aac', 'ab'], 2).slice(6), ['aa']);
  });

  it('gives every letter a piece at the beginning and inside of words', () => {
    assert.deepEqual(learnPieces(['ba'], 0), ['a', '##a', 'b', '##b']);
  });

  it('breaks ties in the order of code units, whatever the order of the words', () => {
    assert.deepEqual(learnPieces(['cd', 'ab', 'cd', 'ab'], 1).slice(8), ['ab']);
    const words = ['xyxy', 'pqpq', 'pqxy'];
    assert.deepEqual(learnPieces(words, 3), learnPieces(words.toReversed(), 3));
  });

  it('stops when no pair occurs twice', () => {
    assert.deepEqual(learnPieces(['abc'], 10), learnPieces(['abc'], 0));
  });
});
