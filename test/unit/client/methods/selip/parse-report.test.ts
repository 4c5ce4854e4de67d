import assert from 'node:assert/strict';
import { type CodeBook, parseCodeBook } from '#client/methods/selip/code-book';
import { chestEnglish } from '#client/methods/selip/code-book-chest-en';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { structuredText } from '#client/methods/selip/coded-lines';
import { reportReader } from '#client/methods/selip/parse-report';
import { similarityMatrix } from '#client/methods/selip/similarity';

const reader = reportReader(headMriEnglish);
const textOf = (report: string, sequence?: string): string | undefined =>
  structuredText(reader.read(report, sequence), headMriEnglish);

/** What a report becomes. */
const readings: readonly (readonly [report: string, text: string | undefined])[] = [
  [
    'Patchy hyperintensity is seen in the left basal ganglia and right cerebellum.',
    'at left basal ganglia shows patchy hyperintense, at right cerebellum shows patchy hyperintense',
  ],
  [
    'Patchy hyperintensity in the left basal ganglia and punctate hypointensity in the right cerebellum.',
    'at left basal ganglia shows patchy hyperintense, at right cerebellum shows punctate hypointense',
  ],
  [
    'The left thalamus shows patchy high signal and the pons shows low signal.',
    'at left thalamus shows patchy hyperintense, at pons shows hypointense',
  ],
  [
    'Multiple hyperintense foci in the bilateral frontal and parietal lobes, no restricted diffusion.',
    'at bilateral frontal lobe shows multiple lesion hyperintense, at bilateral parietal lobe shows multiple lesion hyperintense',
  ],
  ['Mass effect is absent but edema is present in the left frontal lobe.', 'at left frontal lobe shows edema'],
  ['A 3.5 mm cyst of the pineal gland. It enhances.', 'at pineal region shows cyst enhancement'],
  ['Old lacunar infarct of the thalamus on the left.', 'at left thalamus shows chronic lacune'],
  ['Frontoparietal edema on the right.', 'at right frontal lobe shows edema, at right parietal lobe shows edema'],
  ['Acute infarct.', 'at brain shows acute infarct'],
  ['LEFT THALAMUS: HIGH SIGNAL', 'at left thalamus shows hyperintense'],
];

describe('reports in lines', () => {
  for (const [report, text] of readings) {
    it(`reads: ${report}`, () => {
      assert.equal(textOf(report), text);
    });
  }

  it('has one sentence for every normal study, and none for a report that it cannot read', () => {
    for (const report of [
      'No acute infarct, hemorrhage or mass. Ventricles are normal in size.',
      'Unremarkable study.',
      'Hemorrhage is excluded.',
    ]) {
      assert.deepEqual(reader.read(report), { normal: true, findings: [] });
      assert.equal(textOf(report), headMriEnglish.normalSentence);
    }
    for (const report of ['', 'The patient moved.', 'No earlier examination for comparison.']) {
      assert.deepEqual(reader.read(report), { normal: false, findings: [] });
      assert.equal(textOf(report), undefined);
    }
  });

  it('makes no line of words that only say how something looks', () => {
    assert.deepEqual(reader.read('Acute onset of headache. No hemorrhage.'), { normal: true, findings: [] });
    assert.deepEqual(reader.read('Multiple acquisitions.'), { normal: false, findings: [] });
  });

  it('tags a line with its signal, or with the whole appearance where there is none', () => {
    const [bright, swollen] = reader.read('Patchy high signal in the pons; edema of the left insula. ').findings;
    assert.deepEqual(bright, { site: 'pons', appearance: 'patchy hyperintense', tag: 'hyperintense' });
    assert.deepEqual(swollen, { site: 'left insula', appearance: 'edema', tag: 'edema' });
  });

  it('splits a study by sequence: signals of other sequences are not part of its text', () => {
    const report = 'A nodule in the right temporal lobe, hypointense on T1 and hyperintense on T2 and FLAIR.';
    const nodule = 'at right temporal lobe shows nodular';
    assert.equal(textOf(report, 'T1'), `${nodule} hypointense`);
    assert.equal(textOf(report, 'T2'), `${nodule} hyperintense`);
    assert.equal(textOf(report, 'FLAIR'), `${nodule} hyperintense`);
    assert.equal(textOf(report, 'DWI'), nodule);
    assert.equal(textOf('T2 hyperintense focus in the pons.', 'T2'), 'at pons shows lesion hyperintense');
    assert.equal(textOf('Long T1 and long T2 signal in the pons.', 'T1'), 'at pons shows long T1');
    assert.deepEqual(reader.read('Pons hyperintense on T2.', 'T1'), { normal: false, findings: [] });
  });

  it('gives two hospitals that say one thing in other words the same lines', () => {
    const north = reader.read('There is a patchy area of increased signal in the left lentiform nucleus.');
    const south = reader.read('lt putamen: blotchy, bright');
    assert.deepEqual(north, south);
    assert.equal(similarityMatrix([north, south])[0]![1], 1);
  });

  it('reads a language without spaces by a book of its own', () => {
    const book: CodeBook = parseCodeBook({
      ...headMriEnglish,
      name: 'zh-test',
      spaced: false,
      sites: { 'basal ganglia': ['基底节'], pons: ['脑桥'] },
      sides: { left: ['左侧'] },
      sidesAfter: {},
      appearances: { patchy: ['斑片状'] },
      modifiers: [],
      signals: { 'long T2': ['长t2'] },
      negations: ['未见'],
    });
    const { findings } = reportReader(book).read('左侧基底节见斑片状长T2信号。脑桥未见斑片状影');
    assert.deepEqual(findings, [{ site: 'left basal ganglia', appearance: 'patchy long T2', tag: 'long T2' }]);
  });

  it('refuses a book that lacks a part, and names it', () => {
    assert.throws(() => parseCodeBook({ ...headMriEnglish, signals: 'bright', sites: { pons: [''] } }), {
      code: 'badConfig',
      message: /sites\.pons.*signals/,
    });
    assert.deepEqual(parseCodeBook(JSON.parse(JSON.stringify(headMriEnglish))), headMriEnglish);
  });

  it('has books whose lists name codes that they have', () => {
    for (const book of [headMriEnglish, chestEnglish]) {
      const { sites, unpaired, appearances, modifiers, signals, signalSequences, sequences, anywhere, homes } = book;
      for (const code of [...unpaired, anywhere, ...Object.values(homes)]) assert(Object.hasOwn(sites, code), code);
      for (const code of modifiers) assert(Object.hasOwn(appearances, code), code);
      for (const code of Object.keys(homes)) assert(Object.hasOwn({ ...signals, ...appearances }, code), code);
      for (const [signal, sequence] of Object.entries(signalSequences)) {
        assert(Object.hasOwn(signals, signal) && Object.hasOwn(sequences, sequence), signal);
      }
    }
  });
});
