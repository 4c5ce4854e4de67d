import assert from 'node:assert/strict';
import { PlanDesk } from '#coordinator/round/plan-desk';
import { openDatabase } from '#coordinator/store/database';
import { memberStore } from '#coordinator/store/members';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import { nodeCrypto } from '#shared/crypto/node';
import { ConsiliumError } from '#shared/errors';
import { signApproval } from '#shared/governance/approval';
import type { SiteId } from '#shared/util/ids';
import { coordinatorMessages } from '../../../support/messages.ts';
import { planText } from '../../../support/plan-text.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const names = ['north', 'south', 'west'].map(siteId);
const [north] = names as [SiteId, SiteId, SiteId]; // three

function refusedWith(code: string, ...parts: readonly string[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof ConsiliumError && error.code === code && parts.every((part) => error.message.includes(part));
}

/** A desk over a database in memory, and what enrols a site. */
function newDesk(sites: readonly SiteId[] = names) {
  const db = openDatabase(':memory:');
  const world = {
    crypto: nodeCrypto,
    members: memberStore(db),
    plans: planStore(db),
    rounds: roundStore(db),
    consortium: 'Test',
    coordinatorKey: bytesOf('coordinator'),
  };
  const enrol = (site: SiteId): void => {
    const use = { secretHash: bytesOf(`token ${site}`), site, requestHash: bytesOf(site), nowMs: 0 };
    world.members.addToken(use.secretHash, site, 1);
    world.members.enrol(use, {
      site,
      identityKey: nodeCrypto.ed25519PublicKey(bytesOf(`seed ${site}`)),
      sealingKey: bytesOf(`sealing ${site}`),
      tlsKeyHash: bytesOf(`tls ${site}`),
      certificate: Uint8Array.of(1),
      enrolledAtMs: 0,
      expiresAtMs: 1,
    });
  };
  sites.forEach(enrol);
  return { desk: new PlanDesk(world), world, enrol };
}

function approvalOf(desk: PlanDesk, site: SiteId) {
  const { planHash, rosterHash } = desk.current!.stored; // a plan was proposed
  return signApproval(nodeCrypto, bytesOf(`seed ${site}`), { site, planHash, rosterHash });
}

describe('proposing a plan', () => {
  it('founds the roster of the sites that are enrolled, and gives it twelve words', () => {
    const { desk } = newDesk();
    const { roster } = desk.propose(planText(), 1);
    assert.deepEqual(
      roster.sites.map(({ site }) => site),
      names,
    );
    assert.deepEqual([roster.approvalQuorum, desk.rosterWords.length], [2, 12]);
  });

  it('changes nothing when it is the same plan again, and the next process reads it', () => {
    const { desk, world } = newDesk();
    assert.equal(desk.propose(planText(), 1), desk.propose(planText(), 2));
    assert.deepEqual(new PlanDesk(world).current, desk.current);
  });

  it('is refused with two sites [tooFewSites], and leaves nothing behind', () => {
    const { desk, world } = newDesk(names.slice(0, 2));
    assert.throws(() => desk.propose(planText(), 1), refusedWith('tooFewSites', '2 sites'));
    assert.equal(world.plans.current(), undefined);
  });

  it('is refused when it does not fit the roster [badPlan]', () => {
    const { desk } = newDesk([...names, siteId('east')]);
    assert.throws(() => desk.propose(planText({ maxSites: 3 }), 1), refusedWith('badPlan', 'sum.maxSites: 3'));
    assert.throws(() => desk.propose(planText({ maxSites: 8 }), 1), refusedWith('badPlan', 'quorum of 6'));
  });

  it('takes the sites of now until the first approval, and keeps the roster from then on', () => {
    const { desk, enrol } = newDesk();
    desk.propose(planText({ name: 'first', maxSites: 4, sum: '  quorum: 3\n  threshold: 3\n  colluders: 0' }), 1);
    enrol(siteId('east'));
    const second = desk.propose(planText({ name: 'second', maxSites: 4 }), 2);
    assert.equal(second.roster.sites.length, 4);
    desk.approve(north, approvalOf(desk, north));
    enrol(siteId('mid'));
    assert.equal(desk.propose(planText({ name: 'third', maxSites: 4 }), 3).roster.sites.length, 4);
  });

  it('takes the sites of now when it is the same plan again, until the first approval', () => {
    const { desk, world, enrol } = newDesk();
    const text = planText({ maxSites: 4, sum: '  quorum: 3\n  threshold: 3\n  colluders: 0' });
    desk.propose(text, 1);
    desk.refuse(north, { planHash: desk.current!.stored.planHash, code: 'declined' });
    enrol(siteId('east'));
    assert.equal(desk.propose(text, 2).roster.sites.length, 4);
    assert.deepEqual(desk.summary()?.refused, [], 'a no to the other roster');
    assert.deepEqual(new PlanDesk(world).current, desk.current);
    desk.approve(north, approvalOf(desk, north));
    enrol(siteId('mid'));
    assert.equal(desk.propose(text, 3).roster.sites.length, 4);
    assert.deepEqual(desk.summary()?.approved, [north]);
  });

  it('keeps the roster that was approved when a plan that nobody approved comes between', () => {
    const { desk, enrol } = newDesk();
    const { stored } = desk.propose(planText({ name: 'first' }), 1);
    desk.approve(north, approvalOf(desk, north));
    enrol(siteId('east'));
    for (const name of ['second', 'third']) {
      assert.deepEqual(desk.propose(planText({ name }), 2).stored.rosterHash, stored.rosterHash);
    }
  });

  it('makes a plan the current one again after another, with what sites said to it, also for the next process', () => {
    const { desk, world } = newDesk();
    const first = planText({ name: 'first' });
    const { stored } = desk.propose(first, 5);
    desk.approve(north, approvalOf(desk, north));
    desk.propose(planText({ name: 'second' }), 5);
    assert.deepEqual(desk.propose(first, 4).stored, stored);
    assert.deepEqual(desk.summary()?.approved, [north]);
    assert.deepEqual(new PlanDesk(world).current, desk.current);
  });

  it('is refused for a plan that has had its rounds before another [wrongPhase]', () => {
    const { desk, world } = newDesk();
    const first = planText({ name: 'first' });
    const { stored } = desk.propose(first, 1);
    const opening = { planId: stored.id, round: 1, cohort: names, modelHash: bytesOf('model'), openedAtMs: 2 };
    const round = world.rounds.open(opening);
    assert.deepEqual(desk.propose(first, 2).stored, stored, 'while it is the current one');
    const closed = { ...coordinatorMessages.roundClosed, round: 1 };
    world.rounds.close(round.id, { published: null, closed }, 3);
    desk.propose(planText({ name: 'second' }), 4);
    assert.throws(() => desk.propose(first, 5), refusedWith('wrongPhase', 'first', 'new name'));
  });

  it('is refused while rounds of another plan are to come [wrongPhase]', () => {
    const { desk, world } = newDesk();
    const { stored } = desk.propose(planText({ name: 'first' }), 1);
    world.rounds.open({ planId: stored.id, round: 1, cohort: names, modelHash: bytesOf('model'), openedAtMs: 2 });
    assert.throws(() => desk.propose(planText({ name: 'second' }), 3), refusedWith('wrongPhase', 'first'));
  });
});

describe('what sites say to a plan', () => {
  it('counts when it is signed by the site, over this plan and this roster', () => {
    const { desk } = newDesk();
    desk.propose(planText(), 1);
    desk.approve(north, approvalOf(desk, north));
    assert.deepEqual(desk.summary()?.approved, [north]);
    assert.deepEqual(desk.forSites()?.approvals, [approvalOf(desk, north)]);
  });

  it('is refused under another signature, site or roster [badSignature]', () => {
    const { desk } = newDesk();
    desk.propose(planText(), 1);
    const good = approvalOf(desk, north);
    for (const wrong of [
      { ...good, signature: new Uint8Array(64) },
      { ...good, rosterHash: bytesOf('x') },
      approvalOf(desk, names[1]!),
    ]) {
      assert.throws(() => {
        desk.approve(north, wrong);
      }, refusedWith('badSignature'));
    }
  });

  it('is refused for another plan [planNotApproved], and from who is not in the roster [notRostered]', () => {
    const { desk, enrol } = newDesk();
    assert.throws(() => {
      desk.refuse(north, { planHash: bytesOf('none'), code: 'declined' });
    }, refusedWith('planNotApproved'));
    desk.propose(planText(), 1);
    assert.throws(() => {
      desk.approve(north, { ...approvalOf(desk, north), planHash: bytesOf('other') });
    }, refusedWith('planNotApproved'));
    const late = siteId('late');
    enrol(late);
    const { planHash } = desk.current!.stored;
    assert.throws(() => {
      desk.approve(late, approvalOf(desk, late));
    }, refusedWith('notRostered'));
    assert.throws(() => {
      desk.refuse(late, { planHash, code: 'policy' });
    }, refusedWith('notRostered'));
  });

  it('may be no', () => {
    const { desk } = newDesk();
    const { stored } = desk.propose(planText(), 1);
    desk.refuse(north, { planHash: stored.planHash, code: 'programMismatch' });
    assert.deepEqual(desk.summary()?.refused, [{ site: north, code: 'programMismatch' }]);
  });
});
