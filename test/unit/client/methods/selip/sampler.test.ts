import assert from 'node:assert/strict';
import { headPhantom } from '#client/data/phantom/head/generate';
import { phantomPairs } from '#client/data/phantom/phantoms';
import type { Pair } from '#client/data/types';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { parseSelipConfig, type SelipConfig } from '#client/methods/selip/config';
import { effectiveBatch, selipSampler, textsOf } from '#client/methods/selip/sampler';
import { studyReader } from '#client/methods/selip/studies';
import { vocabularyNamed } from '#client/text/vocabularies';

const read = studyReader(headMriEnglish);
const pairs = phantomPairs(headPhantom, { seed: 1, site: 'north', trainPairs: 60, testPairs: 0 });
const configOf = (selip: Readonly<Record<string, unknown>> = {}): SelipConfig =>
  parseSelipConfig({ training: { batchSize: 16 }, selip });

const samplerOf = (config: SelipConfig, some: readonly Pair[]): ReturnType<typeof selipSampler> =>
  selipSampler(
    config,
    some,
    some.map(({ report }) => read(report)),
    7,
  );

/** The texts of a batch as the encoder gets them. */
function textsIn(config: SelipConfig, { ids, present }: Readonly<Record<string, ArrayLike<number>>>): string[] {
  const { pieces } = vocabularyNamed(config.text.vocabulary);
  return Array.from({ length: Array.from(present!).filter((one) => one === 1).length }, (_, i) =>
    Array.from({ length: config.text.length }, (__, t) => ids![i * config.text.length + t]!)
      .filter((id) => id > 1)
      .map((id) => pieces[id])
      .join(' '),
  );
}

describe('SeLIP’s batches', () => {
  it('hold pairwise different texts, at most one normal study, and lines instead of reports', () => {
    const config = configOf();
    const sampler = samplerOf(config, pairs);
    for (let step = 0; step < 30; step++) {
      const texts = textsIn(config, sampler.batch(step));
      assert.equal(new Set(texts).size, texts.length);
      assert(texts.filter((text) => text === headMriEnglish.normalSentence).length <= 1);
      assert(texts.every((text) => text === headMriEnglish.normalSentence || text.startsWith('at ')));
      assert(texts.length >= 14, `${texts.length} texts`);
    }
  });

  it('go through the epochs in other orders, and answer a step with the same values whatever came between', () => {
    const sampler = samplerOf(configOf(), pairs);
    const first = sampler.batch(4);
    assert.notDeepEqual(sampler.batch(5), first);
    assert.deepEqual(sampler.batch(4), first);
    assert.deepEqual(samplerOf(configOf(), pairs).batch(4), first);
  });

  it('carry S of their own reports: 1 on the diagonal, symmetric, 0 for empty places and beside a normal study', () => {
    const config = configOf();
    const few = pairs.slice(0, 10);
    const batch = samplerOf(config, few).batch(0);
    const texts = textsIn(config, batch);
    const S = batch['similarity']!;
    let alike = 0;
    for (let i = 0; i < 16; i++) {
      for (let j = 0; j < 16; j++) {
        const value = S[16 * i + j]!;
        assert.equal(value, S[16 * j + i]);
        if (i >= texts.length || j >= texts.length) assert.equal(value, 0);
        else if (i === j) assert.equal(value, 1);
        else if ([texts[i], texts[j]].includes(headMriEnglish.normalSentence)) assert.equal(value, 0);
        else alike += Number(value > 0 && value < 1);
      }
    }
    assert(texts.length < 10 && alike > 0);
  });

  it('do not depend on labels, patients, ids or sites', () => {
    const blind = pairs.map((pair, i) => ({ ...pair, labels: [], id: `${i}`, patientId: `p${i}`, site: 'x' }));
    assert.deepEqual(samplerOf(configOf(), blind).batch(3), samplerOf(configOf(), pairs).batch(3));
  });

  it('are plain batches of reports where the plan asks for that control', () => {
    const config = configOf({ texts: 'reports', distinctTexts: false });
    const texts = textsIn(config, samplerOf(config, pairs).batch(0));
    assert.equal(texts.length, 16);
    assert(texts.every((text) => /^(dwi|adc|t1|t2|flair) : /.test(text)));
    const studies = pairs.map(({ report }) => read(report));
    assert.deepEqual(
      textsOf(config, pairs, studies),
      pairs.map(({ report }) => report),
    );
  });

  it('count pairs that differ as the effective batch, fewer where one text is frequent', () => {
    const many = Array.from({ length: 40 }, (_, i) => `text ${i}`);
    assert.equal(effectiveBatch(many, 16), 16);
    assert.equal(effectiveBatch([...many.slice(0, 8), ...Array.from({ length: 32 }, () => 'normal')], 16), 5);
    assert.equal(effectiveBatch([], 16), null);
  });

  it('refuse a site where all reports make one text', () => {
    const normal = pairs.slice(0, 4).map((pair) => ({ ...pair, report: 'normal' }));
    assert.throws(() => samplerOf(configOf(), normal), { code: 'noUsableRows' });
  });
});
