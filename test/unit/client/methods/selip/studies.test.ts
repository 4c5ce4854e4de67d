import assert from 'node:assert/strict';
import { drawFindings } from '#client/data/phantom/head/draw-study';
import { profileOf } from '#client/data/phantom/head/profiles';
import { writeReport } from '#client/data/phantom/head/write-report';
import { randomFor } from '#client/data/random';
import { chestEnglish } from '#client/methods/selip/code-book-chest-en';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { parseCodedLines } from '#client/methods/selip/coded-lines';
import { similarityMatrix } from '#client/methods/selip/similarity';
import { studyReader } from '#client/methods/selip/studies';
import type { Finding, StructuredReport } from '#client/methods/selip/types';

const read = studyReader(headMriEnglish);

/** The coded half of S for two lines: ½ [site equal] + ½ [tag equal]. */
const coded = (a: Finding, b: Finding): number => 0.5 * Number(a.site === b.site) + 0.5 * Number(a.tag === b.tag);

const codedHalf = (reports: readonly StructuredReport[]): readonly (readonly number[])[] =>
  reports.map(({ findings: A }) => reports.flatMap(({ findings: B }) => A.flatMap((a) => B.map((b) => coded(a, b)))));

/** A north hospital's words and other words for the same. */
const synonyms: readonly (readonly [string, string])[] = [
  ['territorial infarct', 'ischemic lesion'],
  ['lacunar infarct', 'lacune'],
  ['hemorrhage', 'hematoma'],
  ['demyelinating lesion', 'leukoaraiosis'],
  ['mass', 'space-occupying lesion'],
  ['cyst', 'cystic lesion'],
  ['basal ganglia', 'putamen'],
  ['cerebellar hemisphere', 'cerebellum'],
  ['hyperintense', 'bright'],
  ['hypointense', 'low signal'],
];

const drawn = Array.from({ length: 60 }, (_, i) => drawFindings(profileOf('north'), randomFor(2, 'synonyms', i)));
const written = (style: 'north' | 'south' | 'west'): readonly string[] =>
  drawn.map((findings, i) => writeReport(findings, ['T1', 'FLAIR'], style, randomFor(3, 'words', i)));

describe('what SeLIP takes of a report', () => {
  it('keeps of a study what is said of the sequence that its pair begins with', () => {
    const report = 'a cyst in the pons, hypointense on T1 and hyperintense on T2 . a mass in the left thalamus .';
    assert.equal(read(`T1 : ${report}`).text, 'at left thalamus shows mass, at pons shows cyst hypointense');
    assert.equal(read(`t2:${report}`).text, 'at left thalamus shows mass, at pons shows cyst hyperintense');
    assert.equal(read(report).lines.findings.length, 2);
    assert.match(read(report).text, /cyst hypointense hyperintense/);
  });

  it('takes a colon after other words for part of the report', () => {
    assert.equal(read('Findings: a cyst in the pons').text, 'at pons shows cyst');
    const chest = studyReader(chestEnglish)('impression : nodule in the right upper lobe .');
    assert.equal(chest.text, 'at right upper lung shows nodule');
  });

  it('makes one text of reports that say the same in another order, and of all normal ones', () => {
    const [one, other] = [
      'cyst in the pons . mass in the left insula .',
      'mass in the left insula . cyst in the pons .',
    ];
    assert.equal(read(one).text, read(other).text);
    const normal = ['normal', 'FLAIR : no abnormal signal is seen', 't1 : brain unremarkable .'].map(read);
    assert.deepEqual(
      normal.map(({ text }) => text),
      normal.map(() => headMriEnglish.normalSentence),
    );
  });

  it('gives a report that it cannot read as it is, and says so', () => {
    const odd = read('study of diagnostic quality');
    assert.deepEqual([odd.text, odd.isRead, odd.lines.findings.length], ['study of diagnostic quality', false, 0]);
  });
});

describe('what a hospital’s wording changes of S', () => {
  it('is nothing of the coded half, and nothing of S, when one hospital uses other words for the same', () => {
    const north = written('north');
    const permuted = north.map((report) => synonyms.reduce((text, [from, to]) => text.replaceAll(from, to), report));
    assert(permuted.filter((report, i) => report !== north[i]).length > 40);
    const [before, after] = [north, permuted].map((reports) => reports.map((report) => read(report).lines));
    assert.deepEqual(codedHalf(after!), codedHalf(before!));
    assert.deepEqual(similarityMatrix(after!), similarityMatrix(before!));
  });

  it('is nothing either when the whole way of writing is another hospital’s', () => {
    const [north, south, west] = (['north', 'south', 'west'] as const).map((style) => written(style).map(read));
    for (const other of [south!, west!]) {
      assert.notDeepEqual(written('north'), written('south'));
      assert.deepEqual(
        other.map(({ text }) => text),
        north!.map(({ text }) => text),
      );
    }
  });

  it('is the half of characters alone where a hospital writes its own appearances behind one signal code', () => {
    const lines = (texts: readonly string[]): readonly StructuredReport[] =>
      texts.map((text) => parseCodedLines(text, headMriEnglish)!);
    const house = lines(['at pons shows patchy infarct hyperintense', 'at pons shows mass hyperintense']);
    const other = lines(['at pons shows fleck hyperintense', 'at pons shows mass hyperintense']);
    assert.deepEqual(codedHalf(other), codedHalf(house));
    const [S, changed] = [similarityMatrix(house)[0]![1]!, similarityMatrix(other)[0]![1]!];
    assert(S !== changed && S > 0 && changed > 0);
  });
});
