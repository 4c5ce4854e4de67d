import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { drawCase } from '#client/data/phantom/radiograph/draw-case';
import { places, profileOf } from '#client/data/phantom/radiograph/profiles';
import type { Finding as Drawn } from '#client/data/phantom/radiograph/types';
import { writeReport } from '#client/data/phantom/radiograph/write-report';
import { randomFor } from '#client/data/random';
import { chestEnglish } from '#client/methods/selip/code-book-chest-en';
import { parseCodedLines, structuredText } from '#client/methods/selip/coded-lines';
import { reportReader } from '#client/methods/selip/parse-report';

const reader = reportReader(chestEnglish);

/** The site that a drawn finding's line must have; undefined where the wording leaves it open. */
function siteOf({ kind, side, zone }: Drawn): string | undefined {
  switch (places[kind]) {
    case 'zone':
      return `${side} ${zone} lung`;
    case 'side':
      return `${side} ${kind === 'device' ? 'chest wall' : 'pleura'}`;
    case 'none':
      return undefined;
  }
}

describe('chest reports in lines', () => {
  for (const site of ['north', 'south', 'west']) {
    it(`finds in the phantom reports of ${site} what was drawn, where it was drawn, and nothing else`, () => {
      const profile = profileOf(site);
      for (let draw = 0; draw < 150; draw++) {
        const random = randomFor(3, site, draw);
        const findings = drawCase(profile, random);
        const report = writeReport(findings, profile.style, random);
        const read = reader.read(report);
        assert.equal(read.normal, findings.length === 0, report);
        const tags = new Set(read.findings.map(({ tag }) => tag));
        assert.deepEqual(tags, new Set(findings.map(({ kind }) => kind)), report);
        for (const drawn of findings) {
          const wanted = siteOf(drawn);
          const line = read.findings.find((each) => each.tag === drawn.kind && each.site === (wanted ?? each.site));
          assert(line !== undefined, `${drawn.kind} at ${wanted ?? 'anywhere'} in: ${report}`);
        }
      }
    });
  }
});

const reports = new URL('../../../../../../shared/data/ct_reports_text/pairs.csv', import.meta.url);

/** Labels of CT-RATE's reports that the lines are held against, and the codes that stand for them. */
const labelled = {
  'Lung nodule': 'nodule',
  Lymphadenopathy: 'lymphadenopathy',
  'Pulmonary fibrotic sequela': 'fibrosis',
  Atelectasis: 'atelectasis',
  Emphysema: 'emphysema',
  Consolidation: 'consolidation',
  'Hiatal hernia': 'hiatal hernia',
  Bronchiectasis: 'bronchiectasis',
  'Mosaic attenuation pattern': 'mosaic attenuation',
} as const;

if (existsSync(reports)) {
  describe('chest CT reports of a hospital in lines', () => {
    const rows: readonly Readonly<Record<'report_text' | 'labels', string>>[] = parse(readFileSync(reports), {
      columns: true,
      bom: true,
    });

    it('are the same lines again when their text is read', () => {
      for (const row of rows.slice(0, 200)) {
        const read = reader.read(row.report_text);
        assert.deepEqual(parseCodedLines(structuredText(read, chestEnglish)!, chestEnglish), read);
      }
    });

    it('agree with the published labels: each with recall and precision of at least 0.85', () => {
      const lines = rows.map((row) => reader.read(row.report_text).findings.map(({ appearance }) => appearance));
      for (const [label, code] of Object.entries(labelled)) {
        const actual = rows.map((row) => row.labels.split(';').includes(label));
        const found = lines.map((own) => own.some((appearance) => appearance.includes(code)));
        const both = actual.filter((is, i) => is && found[i]).length;
        const recall = both / actual.filter(Boolean).length;
        const precision = both / found.filter(Boolean).length;
        assert(recall >= 0.85 && precision >= 0.85, `${label}: recall ${recall}, precision ${precision}`);
      }
    });
  });
}
