import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { drawImageMask, drawWordMask, keepCount } from '#client/methods/mcr/mask-plan';
import { wordsOfTokens } from '#client/methods/mcr/words';
import { tokenize } from '#client/text/tokenize';
import { vocabularyOf } from '#client/text/vocabulary';

const vocabulary = vocabularyOf('test', ['pleural', 'effusion', 'cardio', '##megaly', 'no', '.', 'mild']);

describe('masking plan', () => {
  it('exactly 98 of 196 patches reach the encoder in training, 196 at inference', () => {
    const { kept, keep, masked } = drawImageMask(3, 196, 0.5, randomFor(1, 'mask'));
    assert.deepEqual([kept, keep.length], [98, 3 * 98]);
    for (let n = 0; n < 3; n++) {
      const visible = new Set(keep.subarray(n * 98, (n + 1) * 98));
      assert.equal(visible.size, 98);
      masked.subarray(n * 196, (n + 1) * 196).forEach((hidden, patch) => {
        assert.equal(hidden, visible.has(patch) ? 0 : 1);
      });
    }
    assert.equal(keepCount(196, 0), 196);
  });

  it('masks differ per sample and step', () => {
    const random = randomFor(1, 'mask');
    const [first, second] = [drawImageMask(2, 64, 0.5, random), drawImageMask(2, 64, 0.5, random)];
    assert.notDeepEqual(first.masked.slice(0, 64), first.masked.slice(64));
    assert.notDeepEqual(first.masked, second.masked);
    assert.deepEqual(drawImageMask(2, 64, 0.5, randomFor(1, 'mask')), first);
  });

  it('un-shuffling restores order: the place of a patch among visible and masked ones leads back to it', () => {
    const { kept, keep, restore, masked } = drawImageMask(1, 20, 0.5, randomFor(2, 'mask'));
    restore.forEach((place, patch) => {
      assert.equal(place < kept, masked[patch] === 0);
      if (place < kept) assert.equal(keep[place], patch);
    });
    assert.deepEqual(Array.from(restore).sort((a, b) => a - b), [...restore.keys()]); // prettier-ignore
  });

  it('masked fraction of real tokens is 25 % ± rounding, never special or pad tokens', () => {
    const report = 'mild cardiomegaly . no pleural effusion . zz mild effusion . no cardiomegaly .';
    const { ids, mask } = tokenize(report, vocabulary, 40);
    const words = wordsOfTokens(ids, vocabulary);
    const real = words.flat().length;
    assert.equal(real, mask.reduce((sum, value) => sum + value, 0) - 1); // without the class token
    for (let draw = 0; draw < 50; draw++) {
      const masked = drawWordMask(words, ids.length, 0.25, randomFor(draw, 'words'));
      const count = masked.reduce((sum, value) => sum + value, 0);
      assert(count <= Math.round(0.25 * real) && count > Math.round(0.25 * real) - 3, String(count)); // words of up to 3
      masked.forEach((value, position) => {
        if (value === 1) assert(mask[position] === 1 && position > 0);
      });
    }
  });

  it('masks whole words, pieces and bytes together', () => {
    const { ids } = tokenize('cardiomegaly zz mild', vocabulary, 12);
    const words = wordsOfTokens(ids, vocabulary);
    assert.deepEqual(words, [[1, 2], [3, 4, 5], [6]]); // prettier-ignore
    for (let draw = 0; draw < 20; draw++) {
      const masked = drawWordMask(words, 12, 0.5, randomFor(draw, 'words'));
      for (const word of words) assert.equal(new Set(word.map((at) => masked[at])).size, 1);
    }
  });

  it('masks nothing of an empty report', () => {
    assert.deepEqual(drawWordMask([], 4, 0.25, randomFor(1, 'words')), new Float32Array(4));
  });
});
