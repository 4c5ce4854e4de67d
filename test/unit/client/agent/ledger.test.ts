import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger, readLedger, sentBytes } from '#client/agent/ledger';

describe('the ledger', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('keeps what was recorded, also while it is open and after it was opened again', () => {
    const first = new Ledger(dir);
    first.record({ plan: null, round: null, kind: 'getPlan', bytes: 0 });
    assert.equal(readLedger(dir).length, 1);
    first.close();
    const second = new Ledger(dir);
    second.record({ plan: 'ab', round: 3, kind: 'maskedInput', bytes: 1000 });
    second.close();
    const entries = readLedger(dir);
    assert.deepEqual(
      entries.map(({ plan, round, kind, bytes }) => ({ plan, round, kind, bytes })),
      [
        { plan: null, round: null, kind: 'getPlan', bytes: 0 },
        { plan: 'ab', round: 3, kind: 'maskedInput', bytes: 1000 },
      ],
    );
    for (const { time } of entries) assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('lets two programs of one site write at once', () => {
    const [agent, command] = [new Ledger(dir), new Ledger(dir)];
    agent.record({ plan: null, round: null, kind: 'a', bytes: 1 });
    command.record({ plan: null, round: null, kind: 'b', bytes: 2 });
    agent.record({ plan: null, round: null, kind: 'c', bytes: 3 });
    agent.close();
    command.close();
    assert.deepEqual(
      readLedger(dir).map(({ kind }) => kind),
      ['a', 'b', 'c'],
    );
  });

  it('adds up masked vectors apart from everything else', () => {
    const entry = { time: '', plan: null, round: 1 };
    const sent = sentBytes([
      { ...entry, kind: 'maskedInput', bytes: 100 },
      { ...entry, kind: 'advertisement', bytes: 7 },
      { ...entry, kind: 'maskedInput', bytes: 50 },
    ]);
    assert.deepEqual(sent, { maskedInputBytes: 150, otherBytes: 7 });
  });

  it('is empty before anything left', () => {
    assert.deepEqual(readLedger(dir), []);
  });
});
