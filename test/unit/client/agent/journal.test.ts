import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '#client/agent/journal';

const records = ['{"kind":"trained"}', '{"kind":"received","text":"é"}', '{"kind":"modelFolded"}'];

describe('a journal', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
    path = join(folder, 'journal');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(): Buffer {
    const { journal } = Journal.open(path);
    for (const record of records) journal.append(record);
    journal.close();
    return readFileSync(path);
  }

  function reopened(): readonly string[] {
    const opened = Journal.open(path);
    opened.journal.close();
    return opened.records;
  }

  it('gives back what was written, in order, and goes on after it', () => {
    write();
    const { journal, records: found } = Journal.open(path);
    assert.deepEqual(found, records);
    journal.append('{"kind":"more"}');
    journal.close();
    assert.deepEqual(reopened(), [...records, '{"kind":"more"}']);
  });

  it('is readable by its owner alone', () => {
    write();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is cut back to its whole records wherever a crash ended it, and can be written on', () => {
    const bytes = write();
    const ends = records.map((_, i) => nthNewline(bytes, i + 1));
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const whole = records.slice(0, ends.filter((end) => end <= length).length);
      assert.deepEqual(reopened(), whole, `cut at ${length}`);
      if (length % 10 > 0) continue;
      const { journal } = Journal.open(path);
      journal.append('{"kind":"after"}');
      journal.close();
      assert.deepEqual(reopened(), [...whole, '{"kind":"after"}']);
    }
  });

  it('cuts a last record whose blocks were never written', () => {
    const bytes = write();
    bytes.fill(0, bytes.length - 10, bytes.length - 1);
    writeFileSync(path, bytes);
    assert.deepEqual(reopened(), records.slice(0, 2));
  });

  it('refuses damage of any byte before the last record', () => {
    const bytes = write();
    const end = nthNewline(bytes, 2);
    for (let at = 0; at < end; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x01;
      writeFileSync(path, damaged);
      assert.throws(() => Journal.open(path), { code: 'journalDamaged' }, `byte ${at}`);
    }
  });
});

/** Where the n-th line ends. */
function nthNewline(bytes: Buffer, n: number): number {
  let at = 0;
  for (let i = 0; i < n; i++) at = bytes.indexOf(0x0a, at) + 1;
  return at;
}
