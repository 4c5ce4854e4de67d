import assert from 'node:assert/strict';
import { classOf, gradeIndex, scores, tileClasses } from '#client/data/phantom/tiles/classes';
import { tileArchive, tileBank, tileCases, tilePhantom } from '#client/data/phantom/tiles/generate';
import { tileWords } from '#client/data/phantom/tiles/write-report';

const north = tileCases({ seed: 1, site: 'north', trainPairs: 150, testPairs: 0 });

/** The share of pixels whose red is below (`dark`) or above a byte. */
function share(values: Uint8Array, is: (red: number, green: number, blue: number) => boolean): number {
  let found = 0;
  for (let at = 0; at < values.length; at += 3) found += Number(is(values[at]!, values[at + 1]!, values[at + 2]!));
  return (3 * found) / values.length;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('tiles', () => {
  it('gives the same tiles for the same seed, others for another, and begins a longer set with the shorter one', () => {
    const few = { site: 'west', trainPairs: 3, testPairs: 2 };
    assert.deepEqual(tileCases({ ...few, seed: 7 }), tileCases({ ...few, seed: 7 }));
    assert.notDeepEqual(tileCases({ ...few, seed: 8 })[0]?.image, tileCases({ ...few, seed: 7 })[0]?.image);
    assert.deepEqual(tileCases({ seed: 1, site: 'north', trainPairs: 4, testPairs: 0 }), north.slice(0, 4));
  });

  it('has few labelled tiles, 400 test tiles at each site, and no report of its own', () => {
    const all = tilePhantom.cases({ seed: 1, site: 'west' });
    const counts = (split: string): number => all.filter((one) => one.split === split).length;
    assert.deepEqual([counts('train'), counts('test')], [20, 400]);
    assert(all.every(({ report, labels }) => report === '' && labels.length === 1));
    assert.equal(new Set(all.map(({ patientId }) => patientId)).size, 420);
  }).timeout(20_000);

  it('has the ceiling 1: a perfect reader of the scores knows every class', () => {
    for (const { tissue, labels } of north) assert.deepEqual(labels, [`class:${classOf(tissue)}`]);
    const sums = scores.flatMap((a) => scores.flatMap((b) => scores.map((c) => [a, b, c] as const)));
    const grades = sums.map(([tubules, nuclei, necrosis]) => gradeIndex({ tubules, nuclei, necrosis }));
    assert.deepEqual([0, 1, 2].map((grade) => grades.filter((own) => own === grade).length), [10, 13, 4]); // prettier-ignore
  });

  it('shows the three scores, each by itself', () => {
    const white = (values: Uint8Array): number => share(values, (r, g) => r > 225 && g > 205);
    const dark = (values: Uint8Array): number => share(values, (r) => r < 150);
    const of = (is: (one: (typeof north)[number]) => boolean, what: (values: Uint8Array) => number): number =>
      meanOf(north.filter(is).map(({ image }) => what(image.values)));
    assert(of(({ tissue }) => tissue.tubules === 1, white) > 2 * of(({ tissue }) => tissue.tubules === 3, white));
    const solid = (nuclei: number) => (one: (typeof north)[number]) => one.tissue.nuclei === nuclei && one.tissue.tubules > 1; // prettier-ignore
    assert(of(solid(3), dark) > 1.5 * of(solid(1), dark));
    const dead = (values: Uint8Array): number => share(values, (r, g) => r > 190 && g < 150);
    const necrotic = (necrosis: number): number =>
      of(({ tissue }) => tissue.necrosis === necrosis && tissue.stroma !== 'dense', dead);
    assert(necrotic(2) > 2 * necrotic(1) && necrotic(3) > 2 * necrotic(2));
  });

  it('differs between hospitals in stain and in grades', () => {
    const west = tileCases({ seed: 1, site: 'west', trainPairs: 150, testPairs: 0 });
    const high = (cases: typeof north): number => cases.filter(({ labels }) => labels[0] === 'class:grade-3').length;
    assert(high(west) > 1.4 * high(north));
    const south = tileCases({ seed: 1, site: 'south', trainPairs: 50, testPairs: 0 });
    const blue = (cases: typeof north): number =>
      meanOf(cases.flatMap(({ image }) => [...image.values].filter((_, at) => at % 3 === 2)));
    assert(blue(west) - blue(south) > 15);
  });

  it('has a public bank and a public archive of no site, in known words, whose reports tell the scores', () => {
    const bank = tileBank(1);
    const archive = tileArchive.cases({ seed: 1, site: 'archive', trainPairs: 20 });
    const words = new Set(tileWords());
    const reports = [...bank, ...archive.map(({ report }) => report)];
    for (const report of reports) {
      assert(
        report.split(' ').every((word) => words.has(word)),
        report,
      );
      assert(report.split(' .').length >= 4, report);
      assert(!/[,;"\n]/.test(report));
    }
    assert.equal(new Set(bank.slice(0, 20)).size, 20);
    const [file] = tilePhantom.publicFiles?.(1) ?? [];
    const lines = new TextDecoder().decode(file!.bytes).trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { report: string }).report), bank); // prettier-ignore
    assert(!tileClasses.some((name) => bank.some((report) => report.includes(name))));
  });

  it('shows less of the scores where they are told to be fainter', () => {
    const options = { seed: 1, site: 'south', trainPairs: 60, testPairs: 0 };
    const dark = (gain: number): number => meanOf(tileCases(options, { gain }).filter(({ tissue }) => tissue.nuclei === 3).map(({ image }) => share(image.values, (r) => r < 150))); // prettier-ignore
    assert(dark(1) > dark(0.3));
  });

  it('knows no other site', () => {
    assert.throws(() => tileCases({ seed: 1, site: 'east' }), { code: 'badArgument' });
  });
});
