import assert from 'node:assert/strict';
import { headCases, headPhantom } from '#client/data/phantom/head/generate';
import { placeName, places, profileOf, signalOf } from '#client/data/phantom/head/profiles';
import type { Kind } from '#client/data/phantom/head/types';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { structuredText } from '#client/methods/selip/coded-lines';
import { reportReader } from '#client/methods/selip/parse-report';
import { tokenize } from '#client/text/tokenize';
import { vocabularyNamed } from '#client/text/vocabularies';

const sites = ['north', 'south', 'west'];
const cases = sites.flatMap((site) => headCases({ seed: 1, site, trainPairs: 60, testPairs: 0 }));
const reader = reportReader(headMriEnglish);

describe('the head phantom', () => {
  it('gives the same cases for the same seed, others for another, and a longer set begins with the shorter one', () => {
    const few = { site: 'west', trainPairs: 3, testPairs: 2 };
    assert.deepEqual(headCases({ ...few, seed: 7 }), headCases({ ...few, seed: 7 }));
    assert.notDeepEqual(headCases({ ...few, seed: 8 })[0]?.image, headCases({ ...few, seed: 7 })[0]?.image);
    assert.deepEqual(headCases({ seed: 1, site: 'north', trainPairs: 5, testPairs: 0 }), cases.slice(0, 5));
  });

  it('splits a study by sequence: two pairs of one patient, one report, one truth, two volumes', () => {
    for (let i = 0; i < cases.length; i += 2) {
      const [one, other] = [cases[i]!, cases[i + 1]!];
      assert.equal(one.patientId, other.patientId);
      assert.notEqual(one.sequence, other.sequence);
      assert.deepEqual(one.findings, other.findings);
      assert.equal(one.report.replace(/^\S+ /, ''), other.report.replace(/^\S+ /, ''));
      assert(one.report.startsWith(`${one.sequence.toLowerCase()} : `));
      assert.notDeepEqual(one.image.values, other.image.values);
    }
    assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
    assert.equal(new Set(cases.map(({ patientId }) => patientId)).size, cases.length / 2);
  });

  it('has few training pairs, other at every site', () => {
    assert.deepEqual(
      sites.map((site) => profileOf(site).trainPairs),
      [80, 70, 60],
    );
    assert.equal(headPhantom.cases({ seed: 1, site: 'west', testPairs: 2 }).length, 62);
  });

  it('writes in every way of writing what the code book reads as the truth of that sequence, line by line', () => {
    for (const { report, sequence, findings, labels } of cases) {
      const read = reader.read(report.replace(/^\S+ : /, ''), sequence);
      assert.equal(read.normal, findings.length === 0, report);
      const lines = new Set(read.findings.map(({ site, appearance }) => `${site} ${appearance}`));
      const drawn = findings.map(
        (one) => `${placeName(one)} ${one.kind} ${signalOf(one.kind, sequence)}`, // prettier-ignore
      );
      assert.deepEqual(lines, new Set(drawn), report);
      const said = findings.map((one) => `${one.kind}:${placeName(one)}:${signalOf(one.kind, sequence)}`);
      assert.deepEqual(labels, findings.length === 0 ? ['normal'] : said);
    }
    assert(cases.some(({ findings }) => findings.length === 0) && cases.some(({ findings }) => findings.length === 3));
  });

  it('is written in the words of its vocabulary, as are the lines', () => {
    const vocabulary = vocabularyNamed('phantom-head-1');
    for (const { report, sequence } of cases) {
      const lines = structuredText(reader.read(report.replace(/^\S+ : /, ''), sequence), headMriEnglish) ?? '';
      for (const text of [report, lines]) {
        const { ids, mask } = tokenize(text, vocabulary, 120);
        const known = [...ids].filter((_, i) => mask[i] === 1).slice(1);
        assert.equal(known.map((id) => vocabulary.pieces[id]).join(' '), text.replaceAll(',', ' ,'));
      }
    }
  });

  it('holds no comma, quote or line break in a cell of its table', () => {
    for (const { id, report, labels, patientId } of cases) {
      assert.doesNotMatch([id, report, patientId].join(' '), /[,"\n;]/);
      assert.doesNotMatch(labels.join(' '), /[,"\n;]/);
    }
  });

  it('shows a finding where the label says, brighter or darker by its signal, and less at a greater difficulty', () => {
    const lone = (difficulty: number): readonly number[] =>
      headCases({ seed: 4, site: 'north', trainPairs: 80, testPairs: 0, difficulty })
        .filter(({ findings }) => findings.length === 1 && findings[0]!.side && large.includes(findings[0]!.kind))
        .map(({ image, findings: [found], sequence }) => {
          const { x, y, z } = places[found!.region];
          const mirror = found!.side === 'left' ? -1 : 1;
          const here = brightness(image.values, mirror * x, y, z) - brightness(image.values, -mirror * x, y, z);
          return signalOf(found!.kind, sequence) === 'hyperintense' ? here : -here;
        });
    const [plain, hard] = [lone(1), lone(2)];
    assert(plain.length >= 10);
    assert(plain.filter((difference) => difference > 0).length >= 0.9 * plain.length);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    assert(mean(hard) < 0.7 * mean(plain) && mean(hard) > 0.3 * mean(plain));
  }).timeout(20_000);

  it('keeps findings of a patient apart', () => {
    for (const { findings } of cases) {
      assert.equal(new Set(findings.map(placeName)).size, findings.length);
    }
  });

  it('knows no other site', () => {
    assert.throws(() => headCases({ seed: 1, site: 'east' }), { code: 'badArgument' });
  });
});

/** Kinds that fill their place. */
const large: readonly Kind[] = ['cyst', 'infarct', 'hemorrhage'];

/** Mean of the 3 x 3 voxels around a place. */
function brightness(values: Uint8Array, x: number, y: number, z: number): number {
  const at = (place: number, count: number): number => Math.floor(((place + 1) / 2) * count);
  const [column, row, slice] = [at(x, 32), at(y, 32), at(z, 8)];
  let sum = 0;
  for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += values[(slice * 32 + row + dy) * 32 + column + dx]!;
  return sum / 9;
}
