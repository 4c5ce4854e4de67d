import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SnapshotDesk } from '#coordinator/round/snapshot-desk';
import type { KeyStanding } from '#coordinator/round/snapshot-desk';
import { openDatabase } from '#coordinator/store/database';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import { snapshotStore } from '#coordinator/store/snapshots';
import type { SnapshotStore } from '#coordinator/store/snapshots';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { signSnapshot } from '#shared/secagg/keys/record';
import { sealedChunkBytes, snapshotByteLength } from '#shared/secagg/keys/snapshot';
import type { CoordinatorKeyMessage, Holding, KeyRefusal, SnapshotRecord } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { ManualClock } from '../../../support/in-process-coordinator.ts';
import { keyStudyOf } from '../../../support/key-federation.ts';
import { planText } from '../../../support/plan-text.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { identitySeed } from '../../../support/study.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const [east, north, south] = ['east', 'north', 'south'].map(siteId) as [SiteId, SiteId, SiteId]; // three
const names = [east, north, south];
const study = keyStudyOf(names, { rounds: 5 });
const plan = parsePlan(planText({ rounds: 5, sum: '  encryption: stream', schedule: 'phaseMs: 1000' }));
const columns = { planHash: study.planHash, plan: bytesOf('p'), roster: bytesOf('r'), rosterHash: study.rosterHash };
const roster = {
  consortium: 'Test',
  coordinatorKey: bytesOf('coordinator'),
  sites: [...study.sites].map(([site, keys]) => ({ site, ...keys, tlsKeyHash: bytesOf('t') })),
  approvalQuorum: 2,
  membershipQuorum: 2,
};
const byteLength = snapshotByteLength(100);

interface Scene {
  readonly desk: SnapshotDesk;
  readonly clock: ManualClock;
  readonly snapshots: SnapshotStore;
  /** Another round is closed. */
  readonly accept: (round: number) => void;
  readonly sent: readonly { readonly to: SiteId; readonly message: CoordinatorKeyMessage }[];
}

/** Two rounds were accepted, and the second epoch has begun. */
async function inScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const db = openDatabase(join(dir, 'coordinator.sqlite'));
    planStore(db).add(columns, 0);
    const rounds = roundStore(db);
    const accept = (round: number): void => {
      const opened = rounds.open({ planId: 1, round, cohort: names, modelHash: bytesOf('m'), openedAtMs: 0 });
      const modelHash = bytesOf(`model ${String(round)}`);
      const end = { kind: 'roundClosed', round, outcome: 'accepted', modelHash, signatures: [], culprits: [] } as const;
      rounds.close(opened.id, { published: null, closed: end }, 0);
    };
    for (const round of [1, 2]) accept(round);
    const clock = new ManualClock(0);
    const snapshots = snapshotStore(db, join(dir, 'snapshots'));
    const sent: { to: SiteId; message: CoordinatorKeyMessage }[] = [];
    const desk = new SnapshotDesk(
      study,
      { stored: { id: 1, ...columns }, plan, roster },
      {
        ...{ crypto, clock, rounds, snapshots },
        send: (to, message) => sent.push({ to, message }),
        notice: () => undefined,
        stop: (error) => {
          throw error;
        },
      },
    );
    try {
      await use({ desk, clock, snapshots, sent, accept });
    } finally {
      db.close();
    }
  });
}

/** What sites say that they have: `[site, round of its model]`; all of them hold the key of epoch 2. */
function standing(...models: readonly (readonly [SiteId, number])[]): KeyStanding {
  const keys = [{ epoch: 2, keyHash: bytesOf('key 2') }];
  const holdings = new Map(
    models.map(([site, modelRound]): readonly [SiteId, Holding] => [
      site,
      { kind: 'holding', site, planHash: study.planHash, modelRound, keys },
    ]),
  );
  return { epoch: 2, recipients: new Set(), holdings };
}

function withoutKeys(holdings: KeyStanding['holdings']): KeyStanding['holdings'] {
  return new Map([...holdings].map(([site, holding]) => [site, { ...holding, keys: [] }]));
}

function recordOf(maker: SiteId, change: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return signSnapshot(crypto, identitySeed(maker), {
    ...{ planHash: study.planHash, rosterHash: study.rosterHash, epoch: 2, round: 2 },
    ...{ modelHash: bytesOf('model 2'), maker, recipient: south, byteLength },
    ...change,
  });
}

/** The snapshot of a site comes in. */
async function bring({ desk, snapshots }: Scene, record: SnapshotRecord): Promise<void> {
  desk.expect(record.maker, record);
  await snapshots.write(1, record, 0, new Uint8Array(sealedChunkBytes(byteLength, 0)));
  await snapshots.finish(1, record);
  desk.completed(record);
}

/** Lets what is removed from the disk be removed. */
async function settled(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

function asked({ sent }: Scene): readonly SiteId[] {
  return sent.flatMap(({ to, message }) => (message.kind === 'snapshotWanted' ? [to] : []));
}

function told({ sent }: Scene): readonly (readonly [SiteId, SiteId])[] {
  return sent.flatMap(({ to, message }) => (message.kind === 'snapshotRecord' ? [[to, message.maker] as const] : []));
}

describe('the desk for snapshots', () => {
  it('asks a site with the last accepted model for the one that cannot come to it, and tells that when it is there', async () => {
    await inScene(async (scene) => {
      const { desk } = scene;
      desk.update(standing([east, 1], [north, 2], [south, 0]));
      assert.deepEqual([...desk.lagging], [east, south]);
      assert.deepEqual(asked(scene), [north, north]);
      await bring(scene, recordOf(north));
      assert.deepEqual(told(scene), [[south, north]]);
      desk.update(standing([east, 2], [north, 2], [south, 0]));
      assert.equal(told(scene).length, 1, 'told once');
      desk.heard(south);
      desk.update(standing([east, 2], [north, 2], [south, 0]));
      assert.equal(told(scene).length, 2, 'and again when it says that it still lacks it');
    });
  });

  it('sees who lags since another round has closed', async () => {
    await inScene(async ({ desk, accept }) => {
      const { holdings } = standing([east, 2], [north, 3]);
      const later = { epoch: 3, recipients: new Set<SiteId>(), holdings: withoutKeys(holdings) };
      desk.update(later);
      assert.deepEqual([...desk.lagging], []);
      accept(3);
      desk.update(later);
      assert.deepEqual([...desk.lagging], [east]);
      return Promise.resolve();
    });
  });

  it('forgets a snapshot that has been taken', async () => {
    await inScene(async (scene) => {
      const { desk, snapshots } = scene;
      desk.update(standing([north, 2], [south, 0]));
      await bring(scene, recordOf(north));
      assert(snapshots.complete(1, south));
      desk.update(standing([north, 2], [south, 2]));
      assert.equal(desk.lagging.size, 0);
      assert.equal(snapshots.complete(1, south), undefined);
      while ((await snapshots.present(1, recordOf(north))).length > 0) await new Promise(setImmediate);
    });
  });

  it('asks another when one brings nothing in time, and waits while chunks come', async () => {
    await inScene(async (scene) => {
      const { desk, clock } = scene;
      desk.update(standing([east, 2], [north, 2], [south, 0]));
      assert.deepEqual(asked(scene), [east]);
      clock.pass(999);
      desk.expect(east, recordOf(east));
      clock.pass(1);
      assert.deepEqual(asked(scene), [east]);
      clock.pass(1000);
      await settled(() => asked(scene).length > 1);
      assert.deepEqual(asked(scene), [east, north]);
    });
  });

  it('asks another when the recipient says that it is of no use', async () => {
    await inScene(async (scene) => {
      const { desk, snapshots } = scene;
      desk.update(standing([east, 2], [north, 2], [south, 0]));
      await bring(scene, recordOf(east));
      const said = { kind: 'keyRefusal', site: south, planHash: study.planHash, epoch: 2 } as const;
      const refusal: KeyRefusal = { ...said, sealer: north, code: 'badSnapshot' };
      desk.refused(south, refusal);
      assert(snapshots.complete(1, south), 'it was not of that maker');
      desk.refused(south, { ...refusal, sealer: east });
      await settled(() => asked(scene).length > 1);
      assert.deepEqual(asked(scene), [east, north]);
    });
  });

  it('takes chunks of what it asked for alone', async () => {
    await inScene(async ({ desk }) => {
      desk.update(standing([east, 2], [north, 2], [south, 0]));
      desk.expect(east, recordOf(east));
      const refuses = (maker: SiteId, record: SnapshotRecord): void => {
        assert.throws(
          () => {
            desk.expect(maker, record);
          },
          { code: 'wrongPhase' },
        );
      };
      refuses(north, recordOf(north));
      refuses(north, recordOf(east));
      refuses(east, recordOf(east, { recipient: north }));
      refuses(east, recordOf(east, { epoch: 1 }));
      refuses(east, recordOf(east, { byteLength: 2 ** 40 }));
      refuses(east, recordOf(east, { byteLength: 0 }));
      refuses(east, { ...recordOf(east), round: 1 });
      return Promise.resolve();
    });
  });

  it('gives nobody a snapshot of another epoch', async () => {
    await inScene(async (scene) => {
      const { desk } = scene;
      desk.update(standing([north, 2], [south, 0]));
      await bring(scene, recordOf(north));
      desk.update({ ...standing([north, 2], [south, 0]), epoch: 3 });
      await settled(() => asked(scene).length > 1);
      assert.equal(told(scene).length, 1);
      assert.deepEqual(asked(scene), [north, north]);
    });
  });
});
