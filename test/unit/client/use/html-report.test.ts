import assert from 'node:assert/strict';
import type { MethodReport } from '#client/evaluate/types';
import { htmlReport } from '#client/use/html-report';

const report: MethodReport = {
  figures: { accuracy: 0.75, auc: null, gap: { distance: 1.5 } },
  chance: { accuracy: 0.5, gap: { distance: 0 } },
  pairCount: 8,
  details: {
    curves: [{ title: 'ROC <of> it', x: 'false', y: 'true', lines: [{ name: 'a & b', points: [[0, 0], [0.5, 1], [1, 1]] }] }], // prettier-ignore
    confusion: { classes: ['low', 'high'], counts: [3, 1, 1, 3] },
    examples: [{ id: 'secret-id', found: ['other-id'], rank: 2 }],
  },
};
const measures = [
  { path: 'accuracy', title: 'accuracy in %', better: 'higher', scale: 100 },
  { path: 'auc', title: 'area', better: 'higher', scale: 1 },
  { path: 'gap.distance', title: 'gap', better: 'lower', scale: 1 },
] as const;
const page = { title: 'Study "one"', facts: [['Site', '<north>']] as const, measures, report, examples: [] };

describe('the page of an evaluation', () => {
  const html = htmlReport(page);

  it('shows every measure that has a value beside chance, curves and confusion', () => {
    assert.match(html, /accuracy in %/);
    assert.match(html, /75\.0 \(chance 50\.0\)/);
    assert.match(html, /1\.500 \(chance 0\.000\)/);
    assert(!html.includes('>area<'), 'a measure without a value');
    assert.match(html, /<polyline points="48,234 208,14 368,14"/);
    assert.equal(html.match(/<td style=/g)?.length, 4);
  });

  it('loads nothing, runs nothing, and takes text as text', () => {
    for (const word of ['<script', 'http:', 'https:', '@import', 'url(', 'onload', '<north>', '<of>', 'a & b']) {
      assert(!html.includes(word), word);
    }
    assert.match(html, /default-src 'none'/);
    assert.match(html, /&lt;north&gt;/);
    assert.match(html, /a &amp; b/);
  });

  it('has no id, image or report but those that it is given for a phantom', () => {
    assert(!html.includes('secret-id') && !html.includes('<img'));
    const found = [{ report: 'of another', own: false }, { report: 'of its own', own: true }]; // prettier-ignore
    const shown = htmlReport({
      ...page,
      examples: [{ png: Uint8Array.of(1, 2, 3), report: 'of its own', found, rank: 2 }],
    });
    assert.match(shown, /<img alt="" src="data:image\/png;base64,AQID">/);
    assert.match(shown, /<li>of another<\/li><li class="own">of its own<\/li>/);
    assert(!shown.includes('secret-id'));
  });
});
