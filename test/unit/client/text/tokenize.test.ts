import assert from 'node:assert/strict';
import { tokenize } from '#client/text/tokenize';
import { vocabularyOf } from '#client/text/vocabulary';

const vocabulary = vocabularyOf('test', ['no', 'nodule', '##s', '.', '1', '12', 'r', '##ib', 'é']);

/** The pieces of a text, without padding. */
function pieces(text: string, length = 20): readonly string[] {
  const { ids, mask } = tokenize(text, vocabulary, length);
  return [...ids].filter((_, i) => mask[i] === 1).map((id) => vocabulary.pieces[id]!);
}

describe('tokenize', () => {
  it('puts the class token first and pads behind', () => {
    const { ids, mask } = tokenize('no nodule', vocabulary, 5);
    assert.deepEqual([...ids], [1, 259, 260, 0, 0]);
    assert.deepEqual([...mask], [1, 1, 1, 0, 0]);
  });

  it('takes the longest pieces from the left, case and punctuation apart', () => {
    assert.deepEqual(pieces('Nodules.No 12'), ['<class>', 'nodule', '##s', '.', 'no', '12']);
    assert.deepEqual(pieces('rib'), ['<class>', 'r', '##ib']);
  });

  it('spells in bytes what has no pieces, so that no word is lost', () => {
    assert.deepEqual(pieces('Große'), ['<class>', '<word>', '<67>', '<72>', '<6f>', '<c3>', '<9f>', '<65>']);
    assert.deepEqual(pieces('no🫁'), ['<class>', 'no', '<word>', '<f0>', '<9f>', '<ab>', '<81>']);
  });

  it('reads composed and decomposed letters alike', () => {
    assert.deepEqual(pieces('e\u0301'), pieces('\u00e9'));
    assert.deepEqual(pieces('e\u0301'), ['<class>', 'é']);
  });

  it('cuts what is longer than the length', () => {
    assert.deepEqual(pieces('no no no no', 3), ['<class>', 'no', 'no']);
  });

  it('gives an empty text its class token alone', () => {
    assert.deepEqual(pieces('  \n'), ['<class>']);
  });
});
