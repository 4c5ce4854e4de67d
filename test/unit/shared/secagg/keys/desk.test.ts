import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { makerOrder } from '#shared/secagg/keys/epoch';
import type { SiteId } from '#shared/util/ids';
import { KeyFederation } from '../../../../support/key-federation.ts';
import { siteId } from '../../../../support/secrets.ts';

const names = ['east', 'north', 'south', 'west'];
const sites = names.map(siteId);

/** Sites in the order in which they may make the key of an epoch. */
function makers(federation: KeyFederation, epoch = 1): readonly [SiteId, SiteId, SiteId, SiteId] {
  const [a, b, c, d] = makerOrder(crypto, federation.study, epoch);
  return [a!, b!, c!, d!]; // four sites
}

/** Everybody holds the same key of this epoch. */
function assertAllHold(federation: KeyFederation, epoch = 1, holding: readonly SiteId[] = sites): void {
  assert.deepEqual([...federation.holders].sort(), [...holding].sort());
  const keys = new Set(holding.map((site) => Buffer.from(federation.keyOf(site, epoch) ?? []).toString('hex')));
  assert.equal(keys.size, 1);
  assert.notEqual([...keys][0], '');
}

describe('the key of an epoch', () => {
  it('is made by the first site of the order, written down once, and sealed to every site of the roster', () => {
    const federation = new KeyFederation(names);
    const [first, , , last] = makers(federation);
    federation.need(1);
    federation.connect(...sites.filter((site) => site !== last));
    federation.run();
    assert.equal(federation.records.get(1)?.maker, first);
    assert.equal(federation.records.get(1)?.place, 0);
    assertAllHold(
      federation,
      1,
      sites.filter((site) => site !== last),
    );
    federation.connect(last);
    federation.run();
    assertAllHold(federation);
    const asked = federation.tap.filter(({ message }) => message.kind === 'keyWanted');
    assert.equal(asked.length, 1, 'the box of a site that is away is sealed with the others');
  });

  it('is another in the next epoch, of another maker, and a record of the old one is worth nothing then', () => {
    const federation = new KeyFederation(names);
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    const old = federation.records.get(1)!;
    federation.need(2);
    federation.run();
    assertAllHold(federation, 2);
    assert.notDeepEqual(federation.records.get(2)?.keyHash, old.keyHash);
    assert.equal(federation.records.get(2)?.maker, makers(federation, 2)[0]);
    federation.toDesk({ kind: 'received', from: old.maker, message: old });
    assert.deepEqual(federation.refused.at(-1), { from: old.maker, code: 'notOfThisEpoch' });
  });

  it('is asked of the next site when the deadline passes, skipping those that are away', () => {
    const federation = new KeyFederation(names);
    const [first, second, third, last] = makers(federation);
    federation.need(1);
    federation.connect(third, last);
    federation.run();
    assert.equal(federation.records.size, 0, 'the first is waited for');
    federation.pass();
    assert.equal(federation.records.get(1)?.maker, third);
    assert.equal(federation.records.get(1)?.place, 2);
    federation.connect(first, second);
    federation.run();
    assertAllHold(federation);
  });

  it('keeps to the record that came first when a slower maker has made one too, and everybody holds that key', () => {
    const federation = new KeyFederation(names);
    const [first, second] = makers(federation);
    let late: Parameters<KeyFederation['toDesk']>[0] | undefined;
    federation.tamper = (packet) => {
      if (!('from' in packet) || packet.from !== first || packet.message.kind !== 'keyRecord') return [packet];
      late = { kind: 'received', from: first, message: packet.message };
      return [];
    };
    federation.need(1);
    federation.connect(...sites);
    federation.run().pass();
    assert.equal(federation.records.get(1)?.maker, second);
    assertAllHold(federation);
    federation.toDesk(late!);
    federation.run();
    assert.deepEqual(federation.refused.at(-1), { from: first, code: 'secondRecord' });
    assert.equal(federation.records.get(1)?.maker, second);
    assert.equal(federation.member(first).state.epochs.get(1)?.offer, null);
    assertAllHold(federation);
  });

  it('is the same after the coordinator was killed at any moment, and nothing is made twice', () => {
    const whole = new KeyFederation(names);
    whole.need(1);
    whole.connect(...sites);
    const packets = whole.run().tap.length;
    for (let at = 1; at <= packets; at++) {
      const federation = new KeyFederation(names);
      let left = at;
      federation.need(1);
      // From this packet on the coordinator hears and says nothing any more, until it is back.
      federation.tamper = (packet) => (left-- > 0 ? [packet] : []);
      federation.connect(...sites);
      federation.run();
      federation.tamper = (packet) => [packet];
      federation.restartDesk(1);
      federation.run().pass();
      assertAllHold(federation);
      const made = [...federation.members.values()].reduce((sum, member) => sum + member.made, 0);
      assert.equal(made, 1, `killed at packet ${String(at)}`);
    }
  });

  it('is sealed anew by another holder when a box does not open, and who sealed it is named', () => {
    const federation = new KeyFederation(names);
    const [first, , third] = makers(federation);
    federation.tamper = (packet) => {
      const { message } = packet;
      if (!('from' in packet) || message.kind !== 'keyBox' || message.sealer !== first || message.recipient !== third)
        return [packet];
      return [{ ...packet, message: { ...message, sealed: message.sealed.map((byte) => byte ^ 1) } }];
    };
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    assertAllHold(federation);
    assert.deepEqual(
      federation.reports.map(({ site, sealer, code }) => ({ site, sealer, code })),
      [{ site: third, sealer: first, code: 'badBox' }],
    );
    assert.notEqual(federation.boxes.get(`1 ${third}`)?.sealer, first);
  });

  it('is not written down before its maker has sealed it to everybody, so that it outlives its maker', () => {
    const federation = new KeyFederation(names);
    const [first, second, third, last] = makers(federation);
    federation.tamper = (packet) =>
      'from' in packet && packet.from === first && packet.message.kind === 'keyBox' && packet.message.recipient === last
        ? []
        : [packet];
    federation.need(1);
    federation.connect(first, second, third);
    federation.run();
    assert.equal(federation.records.size, 0);
    federation.disconnect(first); // and is never seen again
    federation.pass();
    assert.equal(federation.records.get(1)?.maker, second);
    federation.disconnect(second);
    federation.connect(last);
    federation.run();
    assertAllHold(federation, 1, [third, last]);
  });

  it('is asked of another holder when one does not seal, and of the same again when there is no other', () => {
    const federation = new KeyFederation(names);
    const [first, second, third, last] = makers(federation);
    federation.need(1);
    federation.connect(first, second, third);
    federation.run();
    federation.boxes.delete(`1 ${last}`);
    federation.disconnect(third);
    federation.restartDesk(1);
    const [silent, other] = [first, second].toSorted();
    federation.tamper = (packet) => ('from' in packet && packet.message.kind === 'keyBox' ? [] : [packet]);
    federation.run();
    federation.tamper = (packet) =>
      'from' in packet && packet.from === silent && packet.message.kind === 'keyBox' ? [] : [packet];
    federation.connect(last);
    federation.run();
    assert.deepEqual([...federation.holders].sort(), [first, second].toSorted());
    federation.pass();
    assert.equal(federation.boxes.get(`1 ${last}`)?.sealer, other);
    assertAllHold(federation, 1, [first, second, last]);
  });

  it('is sealed to its maker too when that has lost its disk', () => {
    const federation = new KeyFederation(names);
    const [first] = makers(federation);
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    federation.disconnect(first);
    federation.member(first).state = { epochs: new Map(), settledRound: 0 };
    federation.connect(first);
    federation.run();
    assertAllHold(federation);
    assert.equal(federation.member(first).made, 1);
  });

  it('is not taken from a site that was not asked, from a stranger, or for somebody else', () => {
    const federation = new KeyFederation(names);
    const [first, second] = makers(federation);
    federation.need(1);
    federation.connect(...sites);
    federation.tamper = (packet) => ('from' in packet && packet.message.kind !== 'holding' ? [] : [packet]);
    federation.run();
    federation.toSite(second, {
      kind: 'received',
      message: { kind: 'keyRequested', planHash: federation.study.planHash, epoch: 1, place: 1 },
    });
    const record = federation.member(second).state.epochs.get(1)!.offer!.record;
    const desk = (from: SiteId, message = record) => {
      federation.toDesk({ kind: 'received', from, message });
      return federation.refused.at(-1)?.code;
    };
    assert.equal(desk(second), 'notAsked', 'its place was not asked yet');
    assert.equal(desk(first), 'notOfThisEpoch', 'not its own record');
    assert.equal(desk(siteId('stranger')), 'notOfThisEpoch');
    assert.equal(desk(second, { ...record, place: 0 }), 'badSignature');
    assert.equal(federation.records.size, 0);
    const planHash = federation.study.planHash;
    const box = { kind: 'keyBox', planHash, epoch: 1, sealer: second, recipient: first, sealed: new Uint8Array(48) };
    federation.toDesk({ kind: 'received', from: second, message: { ...box, kind: 'keyBox' } });
    assert.deepEqual(federation.refused.at(-1), { from: second, code: 'notAsked' });
    assert.equal(federation.boxes.size, 0);
  });

  it('is not asked for again by deadlines that are over', () => {
    const federation = new KeyFederation(names);
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    const before = federation.tap.length;
    federation.pass();
    federation.toDesk({ kind: 'deadline', epoch: 7, of: { kind: 'boxes' } });
    assert.equal(federation.run().tap.length, before);
  });

  it('is asked of the first again after the last when nobody answers', () => {
    const federation = new KeyFederation(names);
    const [first] = makers(federation);
    federation.tamper = (packet) => ('from' in packet && packet.message.kind === 'keyRecord' ? [] : [packet]);
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    for (let i = 0; i < 4; i++) federation.pass();
    federation.tamper = (packet) => [packet];
    federation.pass();
    assert.equal(federation.records.get(1)?.maker, first);
    assertAllHold(federation);
  });
});
