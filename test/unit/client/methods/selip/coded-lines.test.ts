import assert from 'node:assert/strict';
import { headMriEnglish } from '#client/methods/selip/code-book-head-mri-en';
import { parseCodedLines, structuredText } from '#client/methods/selip/coded-lines';

describe('coded lines', () => {
  it('are read from the text that they are written as', () => {
    const report = {
      normal: false,
      findings: [
        { site: 'left thalamus', appearance: 'patchy hyperintense', tag: 'hyperintense' },
        { site: 'pons', appearance: 'acute infarct', tag: 'acute infarct' },
      ],
    };
    const text = 'at left thalamus shows patchy hyperintense, at pons shows acute infarct';
    assert.equal(structuredText(report, headMriEnglish), text);
    assert.deepEqual(parseCodedLines(text, headMriEnglish), report);
    const normal = { normal: true, findings: [] };
    assert.deepEqual(parseCodedLines(structuredText(normal, headMriEnglish)!, headMriEnglish), normal);
  });

  it('are tagged by the first signal word', () => {
    const [line] = parseCodedLines('at pons shows long T1 long T2', headMriEnglish)!.findings;
    assert.equal(line!.tag, 'long T1');
  });

  it('are not any other text', () => {
    const others = ['', 'patchy hyperintensity in the pons', 'at pons shows edema, left thalamus bright'];
    for (const text of [...others, 'at pons shows edema, at left thalamus']) {
      assert.equal(parseCodedLines(text, headMriEnglish), undefined);
    }
  });
});
