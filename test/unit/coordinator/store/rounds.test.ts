import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '#coordinator/store/database';
import type { Database } from '#coordinator/store/database';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import { ConsiliumError } from '#shared/errors';
import type { CoordinatorEvent } from '#shared/secagg/types';
import { coordinatorMessages, siteMessages } from '../../../support/messages.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const north = siteId('north');
const south = siteId('south');
const opening = { planId: 1, round: 1, cohort: [north, south], modelHash: bytesOf('model'), openedAtMs: 5 };
const events: readonly CoordinatorEvent[] = [
  { kind: 'opened' },
  ...Object.values(siteMessages).map((message): CoordinatorEvent => ({ kind: 'received', from: north, message })),
  { kind: 'uploadCompleted', from: north, commitment: bytesOf('commitment') },
  { kind: 'uploadMismatched', from: north, commitment: bytesOf('commitment') },
  { kind: 'connected', site: south },
  { kind: 'restarted' },
  { kind: 'deadline', attempt: 1, phase: 'unmask' },
  { kind: 'sharesCombined', secrets: [bytesOf('secret'), null] },
  { kind: 'aggregateSummed', aggregateHash: bytesOf('aggregate'), byteLength: 400 },
  { kind: 'cancelled' },
];

/** A database with one plan, and its path. What is left open goes with the folder. */
async function withPlan(test: (db: Database, path: string) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const path = join(dir, 'coordinator.sqlite');
    const db = openDatabase(path);
    const plan = { planHash: bytesOf('plan'), plan: bytesOf('p'), roster: bytesOf('r'), rosterHash: bytesOf('roster') };
    planStore(db).add(plan, 1);
    test(db, path);
    return Promise.resolve();
  });
}

describe('the journal of a round', () => {
  it('gives every kind of event back as it was, in order, also to the next process', async () => {
    await withPlan((db, path) => {
      const round = roundStore(db).open(opening);
      for (const [i, event] of events.entries()) roundStore(db).append(round.id, event, i);
      db.close();
      const again = openDatabase(path);
      assert.deepEqual(
        [...roundStore(again).journal(round.id)],
        events.map((event, atMs) => ({ event, atMs })),
      );
      again.close();
    });
  });

  it('keeps rounds apart, and their ends beside them', async () => {
    await withPlan((db) => {
      const rounds = roundStore(db);
      const first = rounds.open(opening);
      const second = rounds.open({ ...opening, round: 2 });
      rounds.append(first.id, { kind: 'opened' }, 1);
      assert.deepEqual([...rounds.journal(second.id)], []);
      const { aggregatePublished: published, roundClosed: closed } = coordinatorMessages;
      assert.equal(rounds.closedCount(1), 0);
      rounds.close(first.id, { published, closed }, 9);
      assert.deepEqual([rounds.closedCount(1), rounds.closedCount(2)], [1, 0]);
      const [ended, open] = rounds.ofPlan(1);
      assert.deepEqual(ended?.end, { result: { published, closed }, closedAtMs: 9 });
      assert.deepEqual(open, { ...opening, round: 2, id: second.id, end: null });
    });
  });

  for (const [what, sql] of Object.entries({
    'a line that is no event': 'UPDATE event SET event = \'{"kind":"flown"}\'',
    'a line that is missing': 'DELETE FROM event WHERE number = 1',
  })) {
    it(`says that it is damaged when it has ${what} [journalDamaged]`, async () => {
      await withPlan((db, path) => {
        const rounds = roundStore(db);
        const { id } = rounds.open(opening);
        rounds.append(id, { kind: 'opened' }, 1);
        rounds.append(id, { kind: 'restarted' }, 1);
        db.close();
        const raw = new DatabaseSync(path);
        raw.exec(sql);
        raw.close();
        const again = openDatabase(path);
        assert.throws(
          () => [...roundStore(again).journal(id)],
          (error) => error instanceof ConsiliumError && error.code === 'journalDamaged',
        );
        again.close();
      });
    });
  }

  it('is not read by an older program than wrote it [unavailable]', async () => {
    await withPlan((db, path) => {
      db.close();
      const raw = new DatabaseSync(path);
      raw.exec('PRAGMA user_version = 99');
      raw.close();
      assert.throws(() => openDatabase(path), /newer version/);
    });
  });
});

describe('approvals of a plan', () => {
  it('take back a refusal, and a refusal takes back an approval', async () => {
    await withPlan((db) => {
      const plans = planStore(db);
      plans.refuse(1, north, 'policy');
      plans.approve(1, north, bytesOf('signature'));
      assert.deepEqual([...plans.approvals(1).keys(), plans.refusals(1).size], [north, 0]);
      plans.refuse(1, north, 'declined');
      assert.deepEqual([plans.approvals(1).size, plans.refusals(1).get(north)], [0, 'declined']);
    });
  });
});
