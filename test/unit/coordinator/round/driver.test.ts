import assert from 'node:assert/strict';
import { join } from 'node:path';
import { comeBackMs, RoundDriver } from '#coordinator/round/driver';
import type { RoundWorld } from '#coordinator/round/driver';
import { aggregateStore } from '#coordinator/store/aggregates';
import { openDatabase } from '#coordinator/store/database';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import type { StoredRound } from '#coordinator/store/rounds';
import { uploadStore } from '#coordinator/store/uploads';
import { nodeCrypto } from '#shared/crypto/node';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { CoordinatorEvent, CoordinatorMessage } from '#shared/secagg/types';
import { Federation } from '../../../support/federation.ts';
import { ManualClock } from '../../../support/in-process-coordinator.ts';
import { bytesOf } from '../../../support/secrets.ts';
import { identitySeed, study } from '../../../support/study.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const three = study({ count: 3 });
const [first] = three.names;

/** Of every phase. */
const deadlineMs = 100_000;

interface Scene {
  readonly world: RoundWorld;
  readonly clock: ManualClock;
  readonly round: StoredRound;
  readonly sent: readonly CoordinatorMessage[];
  readonly stops: readonly unknown[];
  readonly drive: (onEnd?: () => void) => RoundDriver;
}

/** A round on a real database; what it sends is kept. */
async function inScene(use: (scene: Scene) => void | Promise<void>): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const db = openDatabase(join(dir, 'coordinator.sqlite'));
    const { planHash, rosterHash, cohort, modelHash } = three.coordinator.binding;
    planStore(db).add({ planHash, plan: bytesOf('plan'), roster: bytesOf('roster'), rosterHash }, 0);
    const rounds = roundStore(db);
    const round = rounds.open({ planId: 1, round: 1, cohort, modelHash, openedAtMs: 0 });
    const sent: CoordinatorMessage[] = [];
    const stops: unknown[] = [];
    const clock = new ManualClock(0);
    const world: RoundWorld = {
      crypto: nodeCrypto,
      clock,
      rounds,
      uploads: uploadStore(join(dir, 'uploads')),
      aggregates: aggregateStore(join(dir, 'aggregates')),
      send: (_, message) => sent.push(message),
      notice: () => undefined,
      stop: (error) => stops.push(error),
    };
    const drive = (onEnd: () => void = () => undefined): RoundDriver =>
      new RoundDriver(round, three.coordinator, world, () => deadlineMs, onEnd);
    try {
      await use({ world, clock, round, sent, stops, drive });
    } finally {
      db.close();
    }
  });
}

describe('the driver of a round at the coordinator', () => {
  it('journals what changes the round, and neither repeats nor refused messages', async () => {
    await inScene(({ world, round, sent, drive }) => {
      const driver = drive();
      driver.start();
      driver.handle({ kind: 'received', from: first!, message: { kind: 'ready', site: first!, round: 1 } });
      const early = signSiteMessage(nodeCrypto, identitySeed(first!), bytesOf('another ctx'), {
        kind: 'confirmation',
        site: first!,
        confirmation: new Uint8Array(10_000),
      });
      for (let i = 0; i < 50; i++) driver.handle({ kind: 'received', from: first!, message: early });
      for (let i = 0; i < 50; i++) driver.handle({ kind: 'connected', site: first! });
      assert.equal(sent.filter(({ kind }) => kind === 'messageRefused').length, 50);
      assert.deepEqual(
        [...world.rounds.journal(round.id)].map(({ event }) => event.kind),
        ['opened', 'received'],
      );
      const again = drive();
      again.recall();
      assert.deepEqual(again.state, driver.state);
    });
  });

  it('keeps a deadline over a restart: what has passed of it has passed', async () => {
    await inScene(({ clock, drive }) => {
      const before = drive();
      before.start();
      clock.pass(deadlineMs - comeBackMs - 1);
      before.halt();
      const after = drive();
      after.start();
      clock.pass(comeBackMs);
      assert.equal(after.state.phase, 'training');
      clock.pass(1);
      assert.equal(after.state.phase, 'closed');
    });
  });

  it('leaves the sites a while to come back when a deadline passed while it was away', async () => {
    await inScene(({ clock, drive }) => {
      const before = drive();
      before.start();
      before.halt();
      clock.pass(2 * deadlineMs);
      const after = drive();
      after.start();
      clock.pass(comeBackMs - 1);
      assert.equal(after.state.phase, 'training');
      clock.pass(1);
      assert.equal(after.state.phase, 'closed');
    });
  });

  it('deletes, after a stop, the uploads that it had to delete, and no others', async () => {
    const { journal } = (await new Federation(three).run()).coordinator;
    const committed = journal.findIndex(({ kind }) => kind === 'uploadCompleted');
    await inScene(async ({ world, round, drive }) => {
      const events: readonly CoordinatorEvent[] = [...journal.slice(0, committed), { kind: 'cancelled' }];
      for (const event of events) world.rounds.append(round.id, event, 0);
      const place = { planId: 1, round: 1, attempt: 0, site: first! };
      const later = { ...place, attempt: 1 };
      for (const at of [place, later]) await world.uploads.write(at, 0, new Uint8Array(4));
      drive().recall();
      while ((await world.uploads.present(place)).length > 0);
      assert.deepEqual(await world.uploads.present(later), [0]);
    });
  });

  it('stops the program when the end of a round cannot be written down, instead of waiting for ever', async () => {
    await inScene(({ stops, drive }) => {
      const full = new Error('disk full');
      const driver = drive(() => {
        throw full;
      });
      driver.start();
      assert.throws(() => {
        driver.handle({ kind: 'cancelled' });
      }, full);
      assert(stops.includes(full));
    });
  });
});
