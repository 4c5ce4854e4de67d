import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { headPhantom } from '#client/data/phantom/head/generate';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import type { Figures } from '#client/evaluate/types';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { selip } from '#client/methods/selip/selip';
import { describeProgram } from '#client/train/describe-program';
import { openSession, type Session } from '#client/train/session';
import type { TrainerOptions } from '#client/train/types';
import { inTemporaryFolder } from '../../../../support/temporary-folder.ts';

/** Small enough for a unit test, and still the whole method. */
const small = {
  image: { dim: 16, heads: 2, blocks: 1 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 4, batchSize: 8, warmupSteps: 2, learningRate: 5e-3 },
};
const pairs = phantomPairs(headPhantom, { seed: 1, site: 'north', trainPairs: 16, testPairs: 12 });
const given = { method: 'selip', config: small, rounds: 3, data: { pairs }, engine: 'onnx', seed: 1 } as const;

/** A session for as long as `use` takes. */
async function within<T>(options: TrainerOptions, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(options);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

const leaves = (figures: Figures): readonly (number | null)[] =>
  Object.values(figures).flatMap((value) => (typeof value === 'object' && value !== null ? leaves(value) : [value]));

describe('SeLIP', () => {
  it('trains on volumes, and reports finite figures with the effective batch beside them', () =>
    within(given, async (session) => {
      const run = await session.trainAlone(() => undefined);
      assert(Number.isFinite(run.lossNats) && run.weights.every(Number.isFinite));
      const { figures, chance, pairCount } = await session.evaluate(run, 'test');
      assert.equal(pairCount, 12);
      for (const value of [...leaves(figures), ...leaves(chance)]) assert(value !== null && Number.isFinite(value));
      const effective = figures['effectiveBatch'] as number; // just seen to be one
      assert(effective > 6 && effective <= 8 && figures['reportsRead'] === 1);
    }));

  it('falls in its loss on the pairs that it is shown', () =>
    within({ ...given, rounds: 16 }, async (session) => {
      const losses: number[] = [];
      await session.trainAlone(({ lossNats }) => losses.push(lossNats));
      const mean = (few: readonly number[]): number => few.reduce((sum, loss) => sum + loss, 0) / few.length;
      assert(mean(losses.slice(-4)) < 0.85 * mean(losses.slice(0, 2)), losses.join(' '));
    }));

  it('is CLIP, step by step, with all that is its own turned off', async () => {
    const config = { ...small, image: { ...small.image, size: [8, 32, 32], patch: [4, 8, 8] } };
    const text = { ...small.text, vocabulary: 'phantom-head-1', length: 60 };
    const controls = {
      klWeight: 0,
      texts: 'reports',
      distinctTexts: false,
      scale: 10,
      trainedScale: true,
      textRate: 1,
    };
    const lossesOf = (method: string, own: object): Promise<readonly number[]> =>
      within({ ...given, method, config: { ...config, text, ...own } }, async (session) => {
        const losses: number[] = [];
        await session.trainAlone(({ lossNats }) => losses.push(lossNats));
        return losses;
      });
    const [clip, plain] = [await lossesOf('clip', {}), await lossesOf('selip', { selip: controls })];
    assert.equal(plain.length, 3);
    plain.forEach((loss, i) => {
      assert(Math.abs(loss - clip[i]!) < 1e-3, `${loss} and ${clip[i]}`);
    });
    const soft = await lossesOf('selip', { selip: { ...controls, klWeight: 1 } });
    assert(Math.abs(soft[0]! - clip[0]!) > 0.1);
  }).timeout(20_000);

  it('reads images and chest reports by the chest code book', () => {
    const chest = phantomPairs(radiographPhantom, { seed: 1, site: 'south', trainPairs: 12, testPairs: 8 });
    const image = { ...small.image, size: 64, patch: 16 };
    const text = { ...small.text, vocabulary: 'radiology-en-1', length: 40 };
    const config = { ...small, image, text, selip: { codeBook: 'chest-en-1' } };
    return within({ ...given, config, data: { pairs: chest } }, async (session) => {
      const { figures } = await session.evaluate(await session.trainAlone(() => undefined), 'test');
      assert.equal(figures['reportsRead'], 1);
      assert(Number.isFinite(figures['ndcgAt10']));
    });
  }).timeout(20_000);

  it('takes a residual network over volumes', () => {
    const resnet = { block: 'bottleneck', blocks: [1, 1], width: 8, groups: 4, kernel: 3, strides: [1, 2, 2] };
    const config = { ...small, image: { encoder: 'resnet', resnet } };
    return within({ ...given, config, rounds: 1 }, async (session) => {
      assert((await session.trainAlone(() => undefined)).weights.every(Number.isFinite));
    });
  });

  it('reads a code book of its own from a file of the plan, and refuses what is none', () =>
    inTemporaryFolder(async (files) => {
      const fileOf = async (name: string, content: string): Promise<object> => {
        await writeFile(join(files, name), content);
        return { name, sha256: createHash('sha256').update(content).digest('hex') };
      };
      const withBook = (codeBookFile: object): Promise<number> =>
        within({ ...given, files, rounds: 1, config: { ...small, selip: { codeBookFile } } }, async (session) => {
          const { figures } = await session.evaluate(await session.trainAlone(() => undefined), 'test');
          return figures['reportsRead'] as number; // a share
        });
      const sites = { pons: headMriEnglish.sites['pons']! };
      const narrow = { ...headMriEnglish, name: 'pons', sites, appearances: { mass: ['neoplasm'] }, signals: {} };
      assert.equal(await withBook(await fileOf('book.json', JSON.stringify(headMriEnglish))), 1);
      assert((await withBook(await fileOf('narrow.json', JSON.stringify(narrow)))) < 1);
      await assert.rejects(withBook(await fileOf('odd.json', '{"name":1}')), { code: 'badConfig' });
      await assert.rejects(withBook(await fileOf('none.json', 'no book')), { code: 'badConfig' });
    })).timeout(20_000);
});

describe('SeLIP’s section of a plan', () => {
  it('has no temperature among its parameters unless one is declared', () => {
    const names = (section: object): readonly string[] => selip(section).parameters.map(({ name }) => name);
    assert(!names({}).includes('logScale'));
    assert.deepEqual(names({ selip: { trainedScale: true } }), [...names({}), 'logScale']);
  });

  it('lets the text encoder learn at half the rate of the image encoder', () => {
    const method = selip({});
    assert.deepEqual(method.rates?.(5, 100), { image: 1, text: 0.5 });
    const groupOf = (start: string): readonly (string | undefined)[] => [
      ...new Set(method.parameters.filter(({ name }) => name.startsWith(start)).map(({ group }) => group)),
    ];
    assert.deepEqual([groupOf('image.'), groupOf('text.')], [['image'], ['text']]);
    assert.deepEqual(selip({ selip: { textRate: 1 } }).rates?.(0, 1), { image: 1, text: 1 });
  });

  it('is another program under each option of the divergence and of the optimiser, and the same under the defaults said', async () => {
    const fingerprint = async (own: object, training: object = {}): Promise<string> =>
      (await describeProgram('selip', { ...small, selip: own, training: { ...small.training, ...training } }))
        .fingerprint;
    const all = [
      await fingerprint({}),
      await fingerprint({ target: 'softmax' }),
      await fingerprint({ klSymmetric: true }),
      await fingerprint({ positives: false }),
      await fingerprint({}, { adamEps: 1e-3 }),
    ];
    assert.equal(new Set(all).size, all.length);
    const said = { target: 'linear', klSymmetric: false, positives: true };
    assert.equal(await fingerprint(said, { adamEps: 1e-8, decay: 'cosine' }), all[0]);
  });

  it('takes S as an input of the step', () => {
    assert.deepEqual(selip(small).batch['similarity'], { shape: [8, 8], dtype: 'float32' });
  });

  it('is refused with a book, a weight or a word that it does not know', () => {
    for (const own of [{ codeBook: 'knee' }, { klWeight: -1 }, { texts: 'words' }, { tau: 1 }]) {
      assert.throws(() => selip({ selip: own }), { code: 'badPlan' });
    }
  });
});
