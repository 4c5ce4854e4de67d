import assert from 'node:assert/strict';
import { parseMethodConfig } from '#client/methods/config';
import { vocabularyNamed } from '#client/text/vocabularies';

describe('config', () => {
  it('fills in every default and the hash of the vocabulary', () => {
    const config = parseMethodConfig({});
    const { resnet, ...image } = config.image;
    assert.deepEqual(image, { size: 64, channels: 1, encoder: 'vit', patch: 8, blocks: 2, dim: 64, heads: 4 });
    assert.deepEqual(resnet.blocks, [1, 1, 1]);
    assert.equal(config.text.vocabularyHash, vocabularyNamed('phantom-1').hash);
    assert.equal(config.training.localSteps, 16);
  });

  it('is plain JSON data that parses to itself', () => {
    const config = parseMethodConfig({ text: { vocabulary: 'radiology-en-1', length: 96 } });
    assert.deepEqual(parseMethodConfig(JSON.parse(JSON.stringify(config))), config);
  });

  it('lays what is given over the defaults of a method, group by group', () => {
    const defaults = {
      embedding: 32,
      training: { localSteps: 4, batchSize: 8 },
      image: { size: [16, 32, 32], patch: 8 },
    };
    const config = parseMethodConfig({ training: { batchSize: 16 } }, defaults);
    assert.equal(config.embedding, 32);
    assert.deepEqual([config.training.localSteps, config.training.batchSize], [4, 16]);
    assert.deepEqual(config.image.size, [16, 32, 32]);
    assert.throws(() => parseMethodConfig({ training: 3 }, defaults), { code: 'badPlan', message: /training/ });
  });

  it('names every problem at once', () => {
    assert.throws(() => parseMethodConfig({ image: { size: -1 }, training: { batchSize: 1.5 }, extra: true }), {
      code: 'badPlan',
      message: /image\.size.*training\.batchSize.*extra/,
    });
    assert.throws(() => parseMethodConfig({ image: { size: 60, dim: 63 } }), {
      code: 'badPlan',
      message: /image\.patch.*image\.heads/,
    });
  });

  it('refuses volumes in colour', () => {
    const image = { size: [8, 16, 16], patch: 8, channels: 3 };
    assert.throws(() => parseMethodConfig({ image }), {
      code: 'badPlan',
      message: /image\.channels: a volume has one/,
    });
  });

  it('refuses a vocabulary that is another one here', () => {
    const vocabularyHash = '0'.repeat(64);
    assert.throws(() => parseMethodConfig({ text: { vocabularyHash } }), {
      code: 'badPlan',
      message: /vocabularyHash/,
    });
  });
});
