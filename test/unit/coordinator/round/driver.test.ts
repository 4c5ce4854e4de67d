import assert from 'node:assert/strict';
import { join } from 'node:path';
import { RoundDriver } from '#coordinator/round/driver';
import type { RoundWorld } from '#coordinator/round/driver';
import { aggregateStore } from '#coordinator/store/aggregates';
import { openDatabase } from '#coordinator/store/database';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import type { StoredRound } from '#coordinator/store/rounds';
import { uploadStore } from '#coordinator/store/uploads';
import { nodeCrypto } from '#shared/crypto/node';
import { signSiteMessage } from '#shared/secagg/site-message';
import type { CoordinatorMessage } from '#shared/secagg/types';
import { ManualClock } from '../../../support/in-process-coordinator.ts';
import { bytesOf } from '../../../support/secrets.ts';
import { identitySeed, study } from '../../../support/study.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const three = study({ count: 3 });
const [first] = three.names;

interface Scene {
  readonly world: RoundWorld;
  readonly round: StoredRound;
  readonly sent: readonly CoordinatorMessage[];
  readonly stops: readonly unknown[];
  readonly drive: (onEnd?: () => void) => RoundDriver;
}

/** A round on a real database; what it sends is kept. */
async function inScene(use: (scene: Scene) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const db = openDatabase(join(dir, 'coordinator.sqlite'));
    const { planHash, rosterHash, cohort, modelHash } = three.coordinator.binding;
    planStore(db).add({ planHash, plan: bytesOf('plan'), roster: bytesOf('roster'), rosterHash }, 0);
    const rounds = roundStore(db);
    const round = rounds.open({ planId: 1, round: 1, cohort, modelHash, openedAtMs: 0 });
    const sent: CoordinatorMessage[] = [];
    const stops: unknown[] = [];
    const world: RoundWorld = {
      crypto: nodeCrypto,
      clock: new ManualClock(0),
      rounds,
      uploads: uploadStore(join(dir, 'uploads')),
      aggregates: aggregateStore(join(dir, 'aggregates')),
      send: (_, message) => sent.push(message),
      notice: () => undefined,
      stop: (error) => stops.push(error),
    };
    const drive = (onEnd: () => void = () => undefined): RoundDriver =>
      new RoundDriver(round, three.coordinator, world, () => 1000, onEnd);
    try {
      use({ world, round, sent, stops, drive });
    } finally {
      db.close();
    }
    return Promise.resolve();
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
        [...world.rounds.journal(round.id)].map(({ kind }) => kind),
        ['opened', 'received'],
      );
      const again = drive();
      again.recall();
      assert.deepEqual(again.state, driver.state);
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
