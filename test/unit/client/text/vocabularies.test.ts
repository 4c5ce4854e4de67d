import assert from 'node:assert/strict';
import { radiographCases } from '#client/data/phantom/radiograph/generate';
import { tokenize } from '#client/text/tokenize';
import { vocabularyNamed } from '#client/text/vocabularies';
import { vocabularyOf } from '#client/text/vocabulary';

describe('vocabularies', () => {
  it('knows every word of the phantom, and its reports fit in 44 tokens', () => {
    const vocabulary = vocabularyNamed('phantom-1');
    for (const site of ['north', 'south', 'west']) {
      for (const { report } of radiographCases({ seed: 5, site, trainPairs: 100, testPairs: 0 })) {
        const { ids, mask } = tokenize(report, vocabulary, 45);
        assert.equal(mask[44], 0, report);
        assert(
          [...ids].every((id) => id < 2 || id > 258),
          report,
        );
        const words = [...ids].filter((id) => id > 258).map((id) => vocabulary.pieces[id]);
        assert.equal(words.join(' '), report);
      }
    }
  }).timeout(20_000);

  // A plan pins these: a change of a vocabulary is a new name.
  it('keeps the published vocabularies as they are', () => {
    assert.deepEqual(
      ['phantom-1', 'phantom-head-1', 'phantom-wide-1', 'phantom-chest-1', 'phantom-tiles-1', 'radiology-en-1'].map(
        (name) => vocabularyNamed(name).hash,
      ),
      [
        '830ccc6a6df6b7baf48d798b407004bdab911f0081c1867976f769602e3d5970',
        '9b89a15ab48824a3c52b2df51d9bb1ebe2d7671f790b30a561aa0470fc29a463',
        'e1bf39fc8bdbad58906038586cd7a8c93fc93bc60420f1bb5c23e914a84b1e17',
        'e514c3133b5a536c31ad57d9b5de8d59772e294b473551519e7cfab0a2210f21',
        'de9f8b48f16bb68c5984277b2e61f42f3da191784de4a509e1b755f870d2102a',
        '0069e58c7a7dbe896f93dee874ea650a9b186b20b5b0d92d011cd639d8bb0ab3',
      ],
    );
  });

  it('has pieces for words that are not in the radiology list', () => {
    const vocabulary = vocabularyNamed('radiology-en-1');
    const { ids, mask } = tokenize('reticulonodulation', vocabulary, 12);
    const found = [...ids].filter((_, i) => mask[i] === 1).map((id) => vocabulary.pieces[id]!);
    assert(found.length > 2);
    assert.equal(found.slice(1).join('').replaceAll('##', ''), 'reticulonodulation');
  });

  it('hashes the name and the order of the pieces', () => {
    const hash = vocabularyOf('a', ['x', 'y']).hash;
    assert.notEqual(vocabularyOf('b', ['x', 'y']).hash, hash);
    assert.notEqual(vocabularyOf('a', ['y', 'x']).hash, hash);
    assert.equal(vocabularyOf('a', ['x', 'y']).hash, hash);
  });

  it('refuses a name that it does not have', () => {
    assert.throws(() => vocabularyNamed('latin-9'), { code: 'badPlan', message: /phantom-1, .*radiology-en-1/ });
    assert.throws(() => vocabularyNamed('toString'), { code: 'badPlan' });
  });
});
