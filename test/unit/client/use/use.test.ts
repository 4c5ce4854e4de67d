import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { phantomPairs, phantomNamed } from '#client/data/phantom/phantoms';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { siteModel } from '#client/cli/site-model';
import { buildIndex } from '#client/use/build-index';
import { classifierOf, cosine } from '#client/use/classify';
import { openIndex } from '#client/use/index-file';
import { occlusion } from '#client/use/occlusion';
import { imageVectors, openTrained, type Imaged, textVectors, type Trained } from '#client/use/open-trained';
import { colourOf } from '#client/use/colours';
import { overlayPng } from '#client/use/overlay';
import { readQuestion } from '#client/use/questions';
import { search } from '#client/use/search';
import { severitiesOf } from '#client/use/severity';
import { ranksOf, scoresOfAll, shareBelow } from '#client/use/standing';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';
import { smallClip, writeTrainedSite } from '../../../support/trained-site.ts';

const phantom = phantomNamed('radiograph');
const choice = { seed: 1, trainPairs: 24, testPairs: 4 };
const pairs = phantomPairs(phantom, { ...choice, site: 'north' });
const about = { method: 'clip', plan: 'ab'.repeat(32), round: 12, modelHash: 'cd'.repeat(32) };

describe('a trained model in use', function () {
  this.timeout(60_000);
  let trained: Trained;
  before(async () => {
    await inTemporaryFolder(async (dir) => {
      await writeTrainedSite(dir, { method: 'clip', config: smallClip, rounds: 12, pairs });
      const { plan, start, round } = siteModel(dir, undefined);
      assert.equal(round, 12);
      trained = await openTrained({ method: plan.method.name, config: plan.method.config, start, engine: 'onnx' });
    });
  });
  after(() => trained.dispose());

  it('indexes the pairs of a file and finds an image by itself and by its report', async () => {
    await inTemporaryFolder(async (dir) => {
      const csv = await writePhantom(dir, { phantom, ...choice, sites: ['north'] });
      const seen: number[] = [];
      const path = join(dir, 'pairs.index');
      const built = await buildIndex(trained, csv, about, path, { onProgress: (rows) => seen.push(rows) });
      assert.deepEqual(built, { entries: 28, images: 28, reports: 28, leftOut: [] });
      assert.deepEqual(readdirSync(dir).filter((name) => name.endsWith('.tmp')), []); // prettier-ignore
      assert.equal(seen.at(-1), 28);
      const index = openIndex(path);
      const [own] = pairs;
      const question = await readQuestion(trained.method.config, join(dir, 'images', `${own!.id}.png`));
      const options = { k: 3, among: 'image', exact: false } as const;
      const [byImage] = search(index, (await imageVectors(trained, [question]))[0]!, options);
      assert.equal(byImage?.id, own!.id);
      assert.equal(byImage.patientId, own!.patientId);
      assert(byImage.score > 0.999);
      const byText = await Promise.all(
        pairs.slice(0, 24).map(async ({ id, report }) => {
          const [vector] = await textVectors(trained, [report]);
          return search(index, vector!, { ...options, k: 5 }).some((found) => found.id === id);
        }),
      );
      assert(byText.filter(Boolean).length >= 12, 'an image is among the five nearest to its report, mostly');
      index.close();
    });
  });

  it('scores images for prompts, and says where a score stands', async () => {
    const { classes, meaning, scores } = await classifierOf(trained, ['There is effusion', 'There is no finding']);
    assert.deepEqual([classes.length, meaning], [2, 'cosine']);
    const [row] = await scores(pairs.slice(0, 1));
    const [image, text] = [await imageVectors(trained, pairs), await textVectors(trained, classes)];
    assert(Math.abs(row![1]! - cosine(image[0]!, text[1]!)) < 1e-6);
    await inTemporaryFolder(async (dir) => {
      const all = await scoresOfAll(trained, await writePhantom(dir, { phantom, ...choice, sites: ['north'] }), scores);
      assert.equal(all.length, pairs.length);
      assert(Math.abs(all[0]![1]! - row![1]!) < 1e-3, 'a file is read as the phantom gives it');
    });
    assert.equal(shareBelow(2, [1, 2, 3, 4]), 0.375);
    assert.equal(shareBelow(2, []), null);
    assert.deepEqual(ranksOf([0.2, 0.9, 0.2, 0.1]), [2, 1, 2, 4]);
  });

  it('refuses what its method cannot do, and images that are none', async () => {
    await assert.rejects(severitiesOf(trained, pairs.slice(0, 1)), { code: 'unsupported', message: /semise/ });
    assert.throws(() => classifierOf(trained, []), { code: 'badArgument', message: /--prompt/ });
    const { config } = trained.method;
    await assert.rejects(readQuestion(config, '/nowhere.png'), { code: 'noSuchFile' });
    await assert.rejects(readQuestion(config, import.meta.filename), { code: 'badFormat', message: /PNG/ });
  });

  it('tells which patch drove a score: the one that was changed to make it', async () => {
    const { config } = trained.method;
    const image = pairs[0]!.image;
    // A score that looks at one pixel of the patch in the second row and the third column alone.
    const at = (16 + 5) * 64 + 2 * 16 + 5;
    const bright = image.map((value, i) => (i === at ? 9 : value));
    const scoreOf = (some: readonly Imaged[]): Promise<number[]> => Promise.resolve(some.map((one) => one.image[at]!));
    const map = await occlusion(config.image, bright, scoreOf);
    assert.deepEqual(map.grid, [4, 4]);
    assert.equal(map.score, 9);
    const mean = bright.reduce((sum, value) => sum + value, 0) / bright.length;
    assert.deepEqual(
      map.parts.map((part) => Math.round(part * 1e6)),
      Array.from({ length: 16 }, (_, patch) => (patch === 6 ? Math.round((9 - mean) * 1e6) : 0)),
    );
  });

  it('draws a map beside its image, the more the lighter', async () => {
    const { config } = trained.method;
    const parts = Array.from({ length: 16 }, (_, patch) => (patch === 6 ? 0.5 : -0.1));
    const png = await overlayPng(config.image, pairs[0]!.image, { grid: [4, 4], parts });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [3 * 256 + 8, 256]);
    const pixel = (x: number, y: number): number[] => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
    assert.deepEqual(pixel(2 * 260 + 2 * 64 + 10, 64 + 10), [...colourOf(1)]);
    assert.deepEqual(pixel(2 * 260 + 10, 10), [...colourOf(0)]);
    const lightness = Array.from({ length: 50 }, (_, i) => {
      const [red, green, blue] = colourOf(i / 49);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    assert(lightness.every((value, i) => i === 0 || value >= lightness[i - 1]!));
    const volume = { ...config.image, size: [8, 16, 16], patch: [4, 8, 8] };
    const flat = { grid: [2, 2, 2], parts: Array<number>(8).fill(0) };
    const slices = await sharp(await overlayPng(volume, new Float32Array(2048), flat)).metadata();
    assert.deepEqual([slices.width, slices.height], [6 * 256 + 20, 3 * 256 + 8]);
  });
});
