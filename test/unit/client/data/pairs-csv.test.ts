import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPairsCsv } from '#client/data/pairs-csv';
import type { Row } from '#client/data/types';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const header = 'id,image_path,report_text,labels,site,patient_id';

function rowsOf(text: string): Promise<readonly Row[]> {
  return inTemporaryFolder(async (dir) => {
    const path = join(dir, 'pairs.csv');
    await writeFile(path, text);
    return readPairsCsv(path);
  });
}

describe('pairs-csv', () => {
  it('reads quoted reports, labels and a byte order mark', async () => {
    const rows = await rowsOf(`\uFEFF${header}\r\na,x.png,"one, ""two""\nthree",nodule;effusion,north,p1\r\n`);
    assert.deepEqual(rows, [
      {
        id: 'a',
        imagePath: 'x.png',
        report: 'one, "two"\nthree',
        labels: ['nodule', 'effusion'],
        site: 'north',
        patientId: 'p1',
      },
    ]);
  });

  it('makes a row without a patient a patient of its own', async () => {
    const rows = await rowsOf(`${header}\na,x.png,text,,north,\nb,y.png,text,,north,\n`);
    assert.notEqual(rows[0]?.patientId, rows[1]?.patientId);
  });

  it('takes columns in any order, ignores further ones and honours a split', async () => {
    const rows = await rowsOf(
      `licence,split,patient_id,site,labels,report_text,image_path,id\nCC0,test,p,s,,text,x.png,a\n`,
    );
    assert.equal(rows[0]?.id, 'a');
    assert.equal(rows[0].split, 'test');
  });

  const refusals: readonly (readonly [string, string, RegExp, string])[] = [
    ['a missing column', 'id,image_path,labels,site\n', /report_text, patient_id/, 'missingColumn'],
    ['an empty file', '', /empty/, 'missingColumn'],
    ['two rows with one id', `${header}\na,x,secret,,s,p\na,y,secret,,s,p\n`, /unique/, 'badFormat'],
    ['a record that is too short', `${header}\na,x,secret\n`, /RFC 4180 near line 2/, 'badFormat'],
    ['a quote that is never closed', `${header}\na,x,"secret,,s,p\n`, /RFC 4180/, 'badFormat'],
    ['another word for a split', `${header},split\na,x,secret,,s,p,dev\n`, /train, test or nothing/, 'badFormat'],
  ];
  for (const [what, text, message, code] of refusals) {
    it(`refuses ${what} without quoting a report`, async () => {
      await assert.rejects(rowsOf(text), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
  }

  it('names a file that is not there', async () => {
    await assert.rejects(readPairsCsv('/no/such/pairs.csv'), { code: 'noSuchFile', message: /\/no\/such\/pairs\.csv/ });
  });
});
