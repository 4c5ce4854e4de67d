import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Consortium } from '#coordinator/round/consortium';
import type { ConsortiumWorld, Notice } from '#coordinator/round/consortium';
import { PlanDesk } from '#coordinator/round/plan-desk';
import type { Session } from '#coordinator/round/sessions';
import { aggregateStore } from '#coordinator/store/aggregates';
import { openDatabase } from '#coordinator/store/database';
import { keyStore } from '#coordinator/store/keys';
import { memberStore } from '#coordinator/store/members';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import { snapshotStore } from '#coordinator/store/snapshots';
import { uploadStore } from '#coordinator/store/uploads';
import { nodeCrypto } from '#shared/crypto/node';
import { signApproval } from '#shared/governance/approval';
import type { SiteId } from '#shared/util/ids';
import type { ToSite } from '#shared/wire/types';
import { ManualClock } from '../../../support/in-process-coordinator.ts';
import { planText } from '../../../support/plan-text.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { identitySeed } from '../../../support/study.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const names = ['east', 'north', 'south', 'west'].map(siteId);
const [east, north, south, west] = names as [SiteId, SiteId, SiteId, SiteId]; // four
const waitMs = 1000;
/** Three sites are enough. */
const text = planText({ maxSites: 4, rounds: 2, schedule: `waitMs: ${String(waitMs)}` });

/** A coordinator in one process after the other, and what comes of it. */
class Scene {
  readonly clock = new ManualClock(0);
  readonly notices: Notice[] = [];
  readonly heard = new Map<SiteId, ToSite[]>(names.map((site) => [site, []]));
  readonly world: ConsortiumWorld;
  consortium: Consortium;

  constructor(dir: string) {
    const db = openDatabase(':memory:');
    const members = memberStore(db);
    const rounds = roundStore(db);
    const coordinatorKey = nodeCrypto.ed25519PublicKey(identitySeed('coordinator'));
    const ofPlans = { members, plans: planStore(db), rounds, consortium: 'Test', coordinatorKey };
    for (const site of names) enrol(members, site);
    this.world = {
      ...{ crypto: nodeCrypto, clock: this.clock, desk: new PlanDesk({ crypto: nodeCrypto, ...ofPlans }), rounds },
      ...{ uploads: uploadStore(join(dir, 'uploads')), aggregates: aggregateStore(join(dir, 'aggregates')) },
      ...{ keys: keyStore(db), snapshots: snapshotStore(db, join(dir, 'snapshots')) },
      ...{ identitySeed: identitySeed('coordinator'), keepUploadRounds: 1 },
      notice: (notice) => this.notices.push(notice),
      stop: (error) => {
        throw error;
      },
    };
    this.consortium = this.restarted();
  }

  /** Another process on the same disk. */
  restarted(): Consortium {
    this.consortium = new Consortium(this.world);
    this.consortium.start();
    return this.consortium;
  }

  connect(...sites: readonly SiteId[]): void {
    for (const site of sites) this.consortium.connect(site, this.session(site));
  }

  session(site: SiteId): Session {
    return { send: (message) => this.heard.get(site)?.push(message), replaced: () => undefined };
  }

  /** The rounds that opened, each with its cohort. */
  get opened(): readonly (readonly [number, readonly SiteId[]])[] {
    return this.notices.flatMap((notice) =>
      notice.kind === 'roundOpened' ? [[notice.round, notice.cohort] as const] : [],
    );
  }

  kindsHeardBy(site: SiteId): readonly string[] {
    return (this.heard.get(site) ?? []).map(({ kind }) => kind);
  }
}

function enrol(members: ReturnType<typeof memberStore>, site: SiteId): void {
  const use = { secretHash: bytesOf(`token ${site}`), site, requestHash: bytesOf(site), nowMs: 0 };
  members.addToken(use.secretHash, site, 1);
  members.enrol(use, {
    ...{ site, identityKey: nodeCrypto.ed25519PublicKey(identitySeed(site)), sealingKey: bytesOf(`sealing ${site}`) },
    ...{ tlsKeyHash: bytesOf(`tls ${site}`), certificate: Uint8Array.of(1), enrolledAtMs: 0, expiresAtMs: 1 },
  });
}

/** The plan is proposed, and all have approved it. */
async function inScene(use: (scene: Scene) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const scene = new Scene(dir);
    const { stored } = scene.consortium.propose(text);
    const { planHash, rosterHash } = stored;
    for (const site of names) {
      const approval = signApproval(nodeCrypto, identitySeed(site), { site, planHash, rosterHash });
      scene.consortium.approve(site, approval);
    }
    use(scene);
    return Promise.resolve();
  });
}

describe('the coordinator at work', () => {
  it('opens a round at once for all, and for those who are there when they were enough for a while', async () => {
    await inScene((scene) => {
      scene.connect(east, north, south, west);
      assert.deepEqual(scene.opened, [[1, names]]);
    });
    await inScene((scene) => {
      scene.connect(east, north, south);
      scene.clock.pass(waitMs - 1);
      assert.deepEqual(scene.opened, []);
      assert.match(scene.consortium.waitingFor, /west/);
      scene.clock.pass(1);
      assert.deepEqual(scene.opened, [[1, [east, north, south]]]);
      assert.equal(scene.consortium.waitingFor, '');
    });
  });

  it('waits anew when there were not enough in between, and again before the next round', async () => {
    await inScene((scene) => {
      const session = scene.session(south);
      scene.connect(east, north);
      scene.consortium.connect(south, session);
      scene.clock.pass(waitMs - 1);
      scene.consortium.disconnect(south, session);
      scene.connect(south);
      scene.clock.pass(waitMs - 1);
      assert.deepEqual(scene.opened, []);
      scene.clock.pass(1);
      assert.equal(scene.opened.length, 1);
      scene.consortium.cancelRound();
      scene.clock.pass(0);
      assert.equal(scene.opened.length, 1);
      scene.clock.pass(waitMs);
      assert.equal(scene.opened.length, 2);
    });
  });

  it('tells everybody that a round is over, also who was not in it and who comes later', async () => {
    await inScene((scene) => {
      scene.connect(east, north, south);
      scene.clock.pass(waitMs);
      scene.connect(west);
      assert.deepEqual(scene.kindsHeardBy(west), []);
      scene.consortium.cancelRound();
      for (const site of names) assert.equal(scene.kindsHeardBy(site).at(-1), 'roundClosed');
      const before = scene.kindsHeardBy(north).length;
      scene.connect(north);
      assert(scene.kindsHeardBy(north).slice(before).includes('roundClosed'));
    });
  });

  it('goes on after a restart with the round that was open, and does not open it again', async () => {
    await inScene((scene) => {
      scene.connect(...names);
      scene.consortium.halt();
      const again = scene.restarted();
      assert.equal(again.openRound?.round.round, 1);
      scene.connect(...names);
      assert.equal(scene.opened.length, 1);
      assert.equal(again.cancelRound(), 1);
      assert.equal(again.openRound, undefined);
    });
  });

  it('opens as many rounds as the plan says, the failed among them, and no other', async () => {
    await inScene((scene) => {
      scene.connect(...names);
      for (const round of [1, 2]) {
        assert.equal(scene.consortium.cancelRound(), round);
        scene.clock.pass(0);
      }
      assert.equal(scene.consortium.openRound, undefined);
      assert.deepEqual(scene.notices.at(-1), { kind: 'finished', rounds: 2 });
      assert.throws(() => scene.consortium.cancelRound(), { code: 'notFound' });
      scene.restarted();
      scene.connect(...names);
      assert.equal(scene.opened.length, 2);
    });
  });

  it('opens nothing after it was halted', async () => {
    await inScene((scene) => {
      scene.connect(east, north, south);
      scene.consortium.halt();
      scene.clock.pass(waitMs);
      assert.deepEqual(scene.opened, []);
    });
  });
});
