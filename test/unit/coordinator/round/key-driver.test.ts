import assert from 'node:assert/strict';
import { join } from 'node:path';
import { KeyDriver, keyHashOfRound, keyStudy } from '#coordinator/round/key-driver';
import type { KeyNotice, KeyWorld } from '#coordinator/round/key-driver';
import type { ReadPlan } from '#coordinator/round/round-config';
import { openDatabase } from '#coordinator/store/database';
import { keyStore } from '#coordinator/store/keys';
import { planStore } from '#coordinator/store/plans';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { makerOrder } from '#shared/secagg/keys/epoch';
import { initialSiteKeyState, siteKeyStep } from '#shared/secagg/keys/site';
import type { CoordinatorKeyMessage, Holding, SiteKeyEvent, SiteKeyState } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { Secret } from '#shared/util/secret';
import { ManualClock } from '../../../support/in-process-coordinator.ts';
import { keyStudyOf, siteStudyOf } from '../../../support/key-federation.ts';
import { planText } from '../../../support/plan-text.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const names = ['east', 'north', 'south'].map(siteId);
const ofRoster = keyStudyOf(names);
const plan = parsePlan(
  planText({ rounds: 5, sum: '  encryption: stream\n  keyEpochRounds: 2', schedule: 'phaseMs: 1000' }),
);
const roster = {
  consortium: 'Test',
  coordinatorKey: bytesOf('coordinator'),
  sites: [...ofRoster.sites].map(([site, keys]) => ({ site, ...keys, tlsKeyHash: bytesOf('t') })),
  approvalQuorum: 2,
  membershipQuorum: 2,
};
const columns = {
  planHash: bytesOf('plan'),
  plan: bytesOf('p'),
  roster: bytesOf('r'),
  rosterHash: ofRoster.rosterHash,
};
const current: ReadPlan = { stored: { id: 1, ...columns }, plan, roster };
const study = keyStudy(current)!; // with encryption

interface Scene {
  readonly clock: ManualClock;
  readonly notices: KeyNotice[];
  readonly sent: { readonly to: SiteId; readonly message: CoordinatorKeyMessage }[];
  /** A desk on what is stored; sites answer it. */
  readonly desk: () => KeyDriver;
  readonly keyHash: (round: number) => Uint8Array | null;
}

async function inScene(use: (scene: Scene) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const db = openDatabase(join(dir, 'coordinator.sqlite'));
    planStore(db).add(columns, 0);
    const clock = new ManualClock(0);
    const notices: KeyNotice[] = [];
    const sent: Scene['sent'] = [];
    const keys = keyStore(db);
    const world: KeyWorld = {
      ...{ crypto, clock, keys },
      send: (to, message) => sent.push({ to, message }),
      notice: (notice) => notices.push(notice),
      changed: () => undefined,
      stop: (error) => {
        throw error;
      },
    };
    try {
      const keyHash = (round: number): Uint8Array | null => keyHashOfRound(keys, current, round);
      use({ clock, notices, sent, desk: () => new KeyDriver(study, current, world), keyHash });
    } finally {
      db.close();
    }
    return Promise.resolve();
  });
}

/** The sites of the study, each with what it has. */
class Sites {
  readonly states = new Map<SiteId, SiteKeyState>(names.map((site) => [site, initialSiteKeyState()]));

  holding(site: SiteId): Holding {
    const keys = [...this.states.get(site)!.epochs].flatMap(([epoch, { record, key }]) =>
      record === null || key === null ? [] : [{ epoch, keyHash: record.keyHash }],
    );
    return { kind: 'holding', site, planHash: study.planHash, modelRound: 0, keys };
  }

  connect(desk: KeyDriver): void {
    for (const site of names) desk.receive(site, this.holding(site));
  }

  /** Brings what was sent to the sites, and their answers to the desk, until nothing more is said. */
  answer(desk: KeyDriver, sent: Scene['sent']): void {
    for (let packet = sent.shift(); packet !== undefined; packet = sent.shift()) {
      const { to, message } = packet;
      if (message.kind === 'snapshotRecord' || message.kind === 'snapshotWanted') continue;
      this.#step(desk, to, { kind: 'received', message });
    }
  }

  #step(desk: KeyDriver, site: SiteId, event: SiteKeyEvent): void {
    const { state, effects } = siteKeyStep(siteStudyOf(study, site), this.states.get(site)!, event, crypto);
    this.states.set(site, state);
    for (const effect of effects) {
      if (effect.kind === 'send') desk.receive(site, effect.message);
      if (effect.kind === 'keyGained') desk.receive(site, this.holding(site));
      if (effect.kind === 'makeKey') {
        const key = new Secret(bytesOf(`key of ${site} for epoch ${String(effect.epoch)}`));
        this.#step(desk, site, { ...effect, kind: 'keyMade', key });
      }
    }
  }
}

describe('the desk for data keys', () => {
  it('has a key made for the epoch of the round, and every site hold it', async () => {
    await inScene(({ desk, sent, keyHash, notices }) => {
      const driver = desk();
      const sites = new Sites();
      driver.need(1);
      sites.connect(driver);
      assert.equal(driver.holders.size, 0);
      sites.answer(driver, sent);
      assert.deepEqual([...driver.holders].sort(), names);
      assert.deepEqual(keyHash(1), keyHash(2));
      assert.deepEqual(
        notices.map(({ kind }) => kind),
        ['keyMade'],
      );
      assert.throws(() => keyHash(3), { code: 'journalDamaged' });
      driver.need(2);
      assert.equal(sent.length, 0, 'the same epoch');
      driver.need(3);
      sites.answer(driver, sent);
      assert.notDeepEqual(keyHash(3), keyHash(2));
    });
  });

  it('goes on from what is stored after a restart: nothing is made again, boxes come from the disk', async () => {
    await inScene(({ desk, sent, keyHash, notices }) => {
      const before = desk();
      const sites = new Sites();
      before.need(1);
      sites.connect(before);
      sites.answer(before, sent);
      const made = keyHash(1);
      const lost = makerOrder(crypto, study, 1)[1]!; // three sites
      sites.states.set(lost, initialSiteKeyState());
      const after = desk();
      after.need(1);
      sites.connect(after);
      assert.deepEqual(
        sent.flatMap(({ to, message: { kind } }) => (to === lost ? [kind] : [])),
        ['keyRecord', 'keyBox'],
      );
      sites.answer(after, sent);
      assert.deepEqual([...after.holders].sort(), names);
      assert.deepEqual(keyHash(1), made);
      assert.equal(notices.filter(({ kind }) => kind === 'keyMade').length, 1);
    });
  });

  it('asks the next site when time is up, and not after it has halted', async () => {
    await inScene(({ desk, sent, clock }) => {
      const driver = desk();
      driver.need(1);
      new Sites().connect(driver);
      const asked = () => sent.filter(({ message }) => message.kind === 'keyRequested').map(({ to }) => to);
      const [first] = asked();
      clock.pass(999);
      assert.deepEqual(new Set(asked()).size, 1);
      clock.pass(1);
      assert.equal(new Set(asked()).size, 2);
      assert(first);
      driver.halt();
      clock.pass(5000);
      assert.equal(new Set(asked()).size, 2);
    });
  });

  it('does not exist for a plan without encryption', () => {
    const open = { ...current, plan: parsePlan(planText()) };
    assert.equal(keyStudy(open), undefined);
  });
});
