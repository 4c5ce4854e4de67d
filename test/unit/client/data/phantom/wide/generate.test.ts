import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { styleOf } from '#client/data/phantom/sites';
import { drawCase, places } from '#client/data/phantom/wide/draw-case';
import { type WideCase, wideCases } from '#client/data/phantom/wide/generate';
import type { Finding } from '#client/data/phantom/wide/types';
import { writeReport } from '#client/data/phantom/wide/write-report';
import { retrievalReport } from '#client/evaluate/report';
import { vocabularyNamed } from '#client/text/vocabularies';

const sites = ['north', 'south', 'west'];
const casesOf = (site: string, testPairs: number, gain?: number): readonly WideCase[] =>
  wideCases({ seed: 3, site, trainPairs: 0, testPairs }, gain);

/** What is found and said in so many cases of a site, without their images. */
function told(
  site: string,
  count: number,
): readonly { readonly findings: readonly Finding[]; readonly report: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const random = randomFor(3, 'told', site, i);
    const findings = drawCase(site, random);
    return { findings, report: writeReport(findings, styleOf(site), random) };
  });
}

describe('the wide phantom', () => {
  it('gives the same cases for the same seed, others for another, and begins a longer set with the shorter one', () => {
    assert.deepEqual(casesOf('west', 3), casesOf('west', 5).slice(0, 3));
    const other = wideCases({ seed: 4, site: 'west', trainPairs: 0, testPairs: 3 });
    assert.notDeepEqual(other[0]!.image.values, casesOf('west', 1)[0]!.image.values);
    assert.throws(() => casesOf('east', 1), { code: 'badArgument' });
  });

  it('draws every finding over six patches of 8 by 8 pixels or more', () => {
    const seen = new Map<string, number>();
    for (const site of sites) {
      const [shown, hidden] = [casesOf(site, 60), casesOf(site, 60, 0)];
      shown.forEach(({ findings, image }, i) => {
        if (findings.length !== 1) return; // what is drawn is then all of one finding
        const patches = changedPatches(image.values, hidden[i]!.image.values);
        assert(patches >= 6, `${findings[0]!.kind} of severity ${findings[0]!.severity} covers ${patches}`);
        seen.set(findings[0]!.kind, patches);
      });
    }
    assert.deepEqual([...seen.keys()].sort(), Object.keys(places).sort());
  }).timeout(20_000);

  it('says every finding twice with its severity and side', () => {
    for (const { findings, report } of told('north', 200)) {
      for (const { severity, side, half } of findings) {
        const words = [['minimal', 'mild', 'moderate', 'severe'][severity - 1]!, side ?? '', half ?? ''];
        const telling = report.split(' .').filter((sentence) => words.every((word) => sentence.includes(word)));
        assert(telling.length >= 2, report);
      }
    }
  }).timeout(20_000);

  it('knows every word of its reports', () => {
    const { idOf } = vocabularyNamed('phantom-wide-1');
    const words = sites.flatMap((site) => told(site, 300).flatMap(({ report }) => report.split(' ')));
    assert.deepEqual(
      words.filter((word) => !idOf.has(word)),
      [],
    );
  }).timeout(20_000);

  it('never has two findings in one place', () => {
    for (const { findings } of sites.flatMap((site) => told(site, 300))) {
      const taken = findings.map(({ kind, side }) => side ?? places[kind]);
      assert.equal(new Set(taken).size, taken.length);
    }
  }).timeout(20_000);

  it('is clearer with more gain, and shows nothing with none', () => {
    const contrast = (gain: number): number => {
      const plain = casesOf('south', 10, 0);
      const shown = casesOf('south', 10, gain);
      return shown.reduce((sum, { image }, i) => sum + distance(image.values, plain[i]!.image.values), 0);
    };
    assert.equal(contrast(0), 0);
    assert(contrast(1) > 1.3 * contrast(0.5));
  }).timeout(20_000);

  it('lets a perfect reader of what was drawn find about 91 of 100 reports among five', () => {
    const at5 = sites.map((site) => ceiling(told(site, 400).map(({ findings }) => findings)));
    const mean = at5.reduce((sum, value) => sum + value, 0) / at5.length;
    assert(mean > 0.9 && mean < 0.93, at5.join(' '));
  });
});

/** Patches in which some pixel is changed by 2 % of the range. */
function changedPatches(a: Uint8Array, b: Uint8Array): number {
  const changed = new Set<number>();
  a.forEach((value, at) => {
    if (Math.abs(value - b[at]!) >= 5) changed.add(8 * Math.floor(at / 512) + Math.floor((at % 64) / 8));
  });
  return changed.size;
}

function distance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0);
}

/** Recall@5 of who knows what was drawn: two cases are alike as far as they share findings. */
function ceiling(cases: readonly (readonly Finding[])[]): number {
  const labels = cases.map((findings) =>
    findings.length === 0 ? ['normal'] : findings.map((one) => JSON.stringify(one)),
  );
  const known = [...new Set(labels.flat())];
  const rows = labels.map((own) =>
    Float32Array.from(known, (label) => (own.includes(label) ? 1 / Math.sqrt(own.length) : 0)),
  );
  const ids = cases.map((_, i) => `case-${i}`);
  const pairs = { images: rows, texts: rows, reports: ids, patientIds: ids, ids };
  return retrievalReport(pairs, randomFor(1, 'ceiling')).figures.imageToReport.recallAt5;
}
