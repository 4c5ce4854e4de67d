import assert from 'node:assert/strict';
import { radiographCases } from '#client/data/phantom/radiograph/generate';
import { profileOf } from '#client/data/phantom/radiograph/profiles';
import { phantomSiteNames } from '#client/data/phantom/sites';
import type { Finding } from '#client/data/phantom/radiograph/types';

const cases = radiographCases({ seed: 1, site: 'north', trainPairs: 120, testPairs: 0 });

describe('phantom', () => {
  it('gives the same cases for the same seed and others for another', () => {
    const few = { site: 'west', trainPairs: 3, testPairs: 2 };
    assert.deepEqual(radiographCases({ ...few, seed: 7 }), radiographCases({ ...few, seed: 7 }));
    assert.notDeepEqual(radiographCases({ ...few, seed: 8 })[0]?.image, radiographCases({ ...few, seed: 7 })[0]?.image);
  });

  it('begins a longer set with the shorter one', () => {
    assert.deepEqual(radiographCases({ seed: 1, site: 'north', trainPairs: 5, testPairs: 0 }), cases.slice(0, 5));
  });

  it('has few training pairs and 400 test pairs by default', () => {
    const counts = phantomSiteNames(3).map((site) => profileOf(site).trainPairs);
    assert.deepEqual(counts, [100, 85, 70]);
    const west = radiographCases({ seed: 1, site: 'west' });
    assert.equal(west.filter(({ split }) => split === 'train').length, 70);
    assert.equal(west.filter(({ split }) => split === 'test').length, 400);
    assert.equal(new Set(west.map(({ patientId }) => patientId)).size, 470);
  }).timeout(20_000);

  it('says in the report what is drawn', () => {
    for (const { findings, report } of cases) {
      const sentences = report.split(' .').filter((sentence) => !sentence.includes('there is no'));
      for (const finding of findings)
        assert(
          sentences.some((sentence) => tells(sentence, finding)),
          report,
        );
    }
  });

  it('denies only what is not drawn', () => {
    for (const { findings, report } of cases.filter((one) => one.findings.length > 0)) {
      const denied = /there is no ([a-z ]+) \./.exec(report)?.[1];
      if (denied !== undefined) assert(!findings.some(({ kind }) => denied.includes(wordOf[kind])), report);
    }
    assert(cases.some(({ report, findings }) => findings.length > 0 && report.includes('there is no')));
  });

  it('never draws two findings that hide each other', () => {
    for (const { findings } of radiographCases({ seed: 2, site: 'west', trainPairs: 300, testPairs: 0 })) {
      const places = findings.map(({ side, zone, kind }) => [side ?? kind, zone ?? kind].join(' '));
      assert.equal(new Set(places).size, places.length);
      for (const effusion of findings.filter(({ kind }) => kind === 'effusion')) {
        const sameSide = findings.filter(({ side }) => side === effusion.side);
        assert(!sameSide.some(({ kind, zone }) => kind === 'pneumothorax' || zone === 'lower'));
      }
    }
  }).timeout(20_000);

  it('shows a nodule where the label says it is', () => {
    const nodules = cases.filter(({ findings }) => findings.length === 1 && findings[0]?.kind === 'nodule');
    const brighter = nodules.filter(({ findings, image }) => {
      const { side, zone } = findings[0]!;
      const here = brightness(image.values, side === 'left' ? 46 : 18, { upper: 19, middle: 29, lower: 40 }[zone!]);
      const there = brightness(image.values, side === 'left' ? 18 : 46, { upper: 19, middle: 29, lower: 40 }[zone!]);
      return here > there;
    });
    assert(nodules.length > 0);
    assert(brighter.length >= 0.8 * nodules.length);
  });

  it('knows no other site', () => {
    assert.deepEqual(phantomSiteNames(5), ['north', 'south', 'west', 'north-2', 'south-2']);
    for (const site of ['east', 'north-1', 'north-', 'xnorth']) {
      assert.throws(() => radiographCases({ seed: 1, site }), { code: 'badArgument' });
    }
  });
});

const wordOf: Readonly<Record<Finding['kind'], string>> = {
  nodule: 'nodule',
  opacity: 'opacity',
  atelectasis: 'atelectasis',
  effusion: 'effusion',
  pneumothorax: 'pneumothorax',
  cardiomegaly: 'cardiomegaly',
  interstitial: 'interstitial',
  device: 'pacemaker',
};

/** Whether a sentence of the north names the finding with its place and severity. */
function tells(sentence: string, { kind, severity, side, zone }: Finding): boolean {
  const grade = kind === 'device' ? 'pacemaker' : ['minimal', 'mild', 'moderate', 'severe'][severity - 1]!;
  return [wordOf[kind], grade, side ?? '', zone ?? ''].every((word) => sentence.includes(word));
}

/** Mean over the 15 by 15 pixels about a point: a lung's zone. */
function brightness(pixels: Uint8Array, x: number, y: number): number {
  let sum = 0;
  for (let dy = -7; dy <= 7; dy++) for (let dx = -7; dx <= 7; dx++) sum += pixels[(y + dy) * 64 + x + dx]!;
  return sum;
}
