import assert from 'node:assert/strict';
import { drawSeverity, severityCases, severityPhantom } from '#client/data/phantom/severity/generate';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { spearman } from '#client/evaluate/severity';

const sites = ['north', 'south', 'west'];

describe('the phantom of graded severity', () => {
  it('grades one training image in twenty and every test image, and a site has five healthy ones and every kind', () => {
    const trainPairs = { north: 400, south: 340, west: 280 };
    for (const [site, count] of Object.entries(trainPairs)) {
      for (let seed = 1; seed <= 20; seed++) {
        const graded = Array.from({ length: count }, (_, i) => drawSeverity({ seed, site }, 'train', i + 1)).filter(
          (one) => one.graded,
        );
        assert.equal(graded.length, count / 20, site);
        assert(graded.filter(({ grade }) => grade === 0).length >= 5, site);
        assert(new Set(graded.map(({ grade }) => grade)).size >= 4, site);
      }
    }
    for (const { labels, grade, split } of severityCases({ seed: 1, site: 'west', trainPairs: 41, testPairs: 5 })) {
      if (split === 'test' || labels.length > 0) assert.deepEqual(labels, [`severity:${grade}`]);
    }
  });

  it('draws the lesion as large as the extent says, and none where nothing is involved', () => {
    const cases = severityCases({ seed: 4, site: 'west', trainPairs: 0, testPairs: 60 });
    const areas = cases.map(({ lesion }) => lesion.reduce((sum, pixel) => sum + pixel, 0));
    const extents = cases.map(({ extent }) => extent);
    assert(spearman(areas, extents)! > 0.97);
    cases.forEach(({ extent }, i) => {
      if (extent === 0) assert.equal(areas[i], 0);
    });
  });

  it('shows the lesion where the mask says: brighter than the rest of the lungs', () => {
    const [quiet, ill] = [0, 3].map((wanted) =>
      severityCases({ seed: 4, site: 'north', trainPairs: 0, testPairs: 40 }).filter(({ grade }) => grade === wanted),
    );
    const inMask = ill!.flatMap(({ image, lesion }) => [...image.values].filter((_, at) => lesion[at] === 1));
    const [{ lesion }] = ill!.slice(0, 1) as [(typeof ill & object)[number]];
    const healthy = quiet!.flatMap(({ image }) => [...image.values].filter((_, at) => lesion[at] === 1));
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    assert(mean(inMask) > mean(healthy) + 25, `${mean(inMask)} ${mean(healthy)}`);
  });

  it('gives the same case for the same seed, site, split and number, and a longer set begins with the shorter one', () => {
    const long = severityCases({ seed: 7, site: 'south', trainPairs: 30, testPairs: 3 });
    const short = severityCases({ seed: 7, site: 'south', trainPairs: 25, testPairs: 3 });
    assert.deepEqual(short.slice(0, 25), long.slice(0, 25));
    assert.deepEqual(short.slice(25), long.slice(30));
    assert.notDeepEqual(severityCases({ seed: 8, site: 'south', trainPairs: 1, testPairs: 0 }), long.slice(0, 1));
  });

  it('has a ceiling: who reads the extent itself orders and grades nearly, not wholly, as the grades do', () => {
    const cases = sites.flatMap((site) =>
      Array.from({ length: 400 }, (_, i) => drawSeverity({ seed: 1, site }, 'test', i + 1)),
    );
    const grades = cases.map(({ grade }) => grade);
    const order = spearman(
      cases.map(({ extent }) => extent),
      grades,
    )!;
    const read = cases.map(({ extent }) => Math.min(4, Math.round(extent)));
    const { macroF1, maee } = classFigures(confusionOf(grades, read, 5));
    assert(order > 0.93 && order < 0.97, String(order));
    assert(macroF1! > 0.87 && macroF1! < 0.95, String(macroF1));
    assert(maee! > 1.05 && maee! < 1.2, String(maee));
  });

  it('draws other findings in the harder setting, which say nothing of the grade', () => {
    const options = { seed: 2, site: 'north', trainPairs: 0, testPairs: 20 };
    const [plain, hard] = [severityCases(options), severityCases(options, { distractors: true })];
    assert.deepEqual(
      plain.map(({ grade }) => grade),
      hard.map(({ grade }) => grade),
    );
    const changed = hard.filter(({ image }, i) => Buffer.compare(image.values, plain[i]!.image.values) !== 0);
    assert(changed.length > 14);
  });

  it('knows the three hospitals only', () => {
    assert.throws(() => severityPhantom.cases({ seed: 1, site: 'east' }), { code: 'badArgument' });
  });
});
