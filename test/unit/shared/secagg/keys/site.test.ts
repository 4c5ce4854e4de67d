import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { sealDataKey } from '#shared/secagg/keys/box';
import { epochOfRound, lastRoundOfEpoch, makerOrder } from '#shared/secagg/keys/epoch';
import { makeKeyRecord } from '#shared/secagg/keys/record';
import type { KeyRecord, KeyRefusalCode, KeyStudy, SiteKeyEffect, SiteKeyEvent } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { KeyFederation, keyStudyOf, siteStudyOf } from '../../../../support/key-federation.ts';
import { bytesOf, siteId } from '../../../../support/secrets.ts';

const names = ['east', 'north', 'south'];
const sites = names.map(siteId);
const study = keyStudyOf(sites);
const [first, second, third] = makerOrder(crypto, study, 1) as [SiteId, SiteId, SiteId]; // three sites
const key = bytesOf('the key');

function recordOf(maker: SiteId, change: Partial<KeyRecord & KeyStudy> = {}, bytes = key): KeyRecord {
  const { epoch = 1, place = makerOrder(crypto, study, epoch).indexOf(maker) } = change;
  return makeKeyRecord(crypto, siteStudyOf({ ...study, ...change }, maker), { epoch, place, bytes });
}

type Received = Extract<SiteKeyEvent, { kind: 'received' }>['message'];

/** What a site answers to a message. */
function answer(federation: KeyFederation, site: SiteId, message: Received): readonly SiteKeyEffect[] {
  const { effects } = federation.member(site);
  const before = effects.length;
  federation.toSite(site, { kind: 'received', message });
  return effects.slice(before);
}

function refusalOf(effects: readonly SiteKeyEffect[]): KeyRefusalCode | undefined {
  const [refusal] = effects.flatMap((effect) => (effect.kind === 'refuse' ? [effect.refusal.code] : []));
  return refusal;
}

/** A site that has taken this record. */
function withRecord(site: SiteId, record = recordOf(first)): KeyFederation {
  const federation = new KeyFederation(names);
  answer(federation, site, record);
  return federation;
}

describe('epochs', () => {
  it('follow from the round: so many rounds each, the last one shorter', () => {
    const of = { keyEpochRounds: 2, rounds: 5 };
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((round) => epochOfRound(of, round)),
      [1, 1, 2, 2, 3],
    );
    assert.deepEqual(
      [1, 2, 3].map((epoch) => lastRoundOfEpoch(of, epoch)),
      [2, 4, 5],
    );
  });

  it('have makers in an order that nobody chooses, another in another epoch or roster', () => {
    const many = keyStudyOf(Array.from({ length: 12 }, (_, i) => siteId(`site-${String(i)}`)));
    const orders = [1, 2].map((epoch) => makerOrder(crypto, many, epoch).join(' '));
    const other = makerOrder(crypto, { ...many, rosterHash: bytesOf('another') }, 1).join(' ');
    assert.equal(new Set([...orders, other]).size, 3);
    assert.deepEqual(makerOrder(crypto, many, 1).toSorted(), [...many.sites.keys()].sort());
  });
});

describe('a site that is asked for a key', () => {
  const ask = { kind: 'keyRequested', planHash: study.planHash, epoch: 1, place: 0 } as const;

  it('makes one at its place, keeps it before it says its record, and says the same record again', () => {
    const federation = new KeyFederation(names);
    const kinds = answer(federation, first, ask).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['makeKey', 'keepOffer', 'send']);
    const offer = federation.member(first).state.epochs.get(1)!.offer!.record;
    assert.deepEqual(answer(federation, first, ask), [{ kind: 'send', message: offer }]);
    assert.equal(federation.member(first).made, 1);
  });

  it('makes none at another place than its own, or of an epoch that the plan has not', () => {
    const federation = new KeyFederation(names);
    assert.equal(refusalOf(answer(federation, second, ask)), 'notAsked');
    assert.equal(refusalOf(answer(federation, first, { ...ask, place: 7 })), 'notAsked');
    assert.equal(refusalOf(answer(federation, first, { ...ask, epoch: 6 })), 'notOfThisEpoch');
    assert.equal(refusalOf(answer(federation, first, { ...ask, planHash: bytesOf('other') })), 'notOfThisEpoch');
    assert.equal(federation.member(first).made + federation.member(second).made, 0);
  });

  it('makes none when it has a record, and forgets its own when another comes back', () => {
    assert.deepEqual(answer(withRecord(first, recordOf(second)), first, ask), []);
    const federation = new KeyFederation(names);
    answer(federation, first, ask);
    const kinds = answer(federation, first, recordOf(second)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['keepRecord', 'destroyOffer']);
    assert.equal(federation.keyOf(first, 1), undefined);
  });
});

describe('a site that is brought a record', () => {
  it('keeps the first that holds, and any other is refused and changes nothing', () => {
    const federation = withRecord(third);
    const before = federation.member(third).state;
    assert.deepEqual(answer(federation, third, recordOf(first)), [], 'the same again');
    const twin = recordOf(first, {}, bytesOf('another key'));
    const effects = answer(federation, third, twin);
    assert.equal(refusalOf(effects), 'secondRecord');
    assert(effects.some((effect) => effect.kind === 'refuse' && effect.evidence === twin));
    assert.equal(federation.member(third).state, before);
  });

  const stranger = siteId('stranger');
  const lies: readonly (readonly [string, KeyRecord, KeyRefusalCode])[] = [
    ['of a site that is not in the roster', { ...recordOf(first), maker: stranger }, 'notRostered'],
    ['that another site signed', { ...recordOf(first), signature: recordOf(second).signature }, 'badSignature'],
    ['whose key hash was changed', { ...recordOf(first), keyHash: bytesOf('other') }, 'badSignature'],
    ['of an old epoch under a new number', { ...recordOf(first), epoch: 2 }, 'badSignature'],
    [
      'of another plan',
      { ...recordOf(first, { planHash: bytesOf('other') }), planHash: study.planHash },
      'badSignature',
    ],
    ['of another roster', recordOf(first, { rosterHash: bytesOf('other') }), 'notOfThisEpoch'],
    ['of another encryption', recordOf(first, { encryption: 'bgv' }), 'notOfThisEpoch'],
    ['of a maker whose place it is not', recordOf(second, { place: 0 }), 'notOfThisEpoch'],
  ];
  for (const [what, record, code] of lies) {
    it(`refuses one ${what} [${code}]`, () => {
      const federation = new KeyFederation(names);
      assert.equal(refusalOf(answer(federation, third, record)), code);
      assert.equal(federation.member(third).state.epochs.size, 0);
    });
  }
});

describe('a box with the key of an epoch', () => {
  const record = recordOf(first);
  const boxFor = (recipient: SiteId, sealer = first, of = record, bytes = key) =>
    sealDataKey(crypto, siteStudyOf(study, sealer), of, recipient, bytes)!; // rostered

  it('opens for its recipient, from any holder, and is the same bytes every time', () => {
    for (const sealer of [first, second]) {
      const federation = withRecord(third);
      const kinds = answer(federation, third, boxFor(third, sealer)).map(({ kind }) => kind);
      assert.deepEqual(kinds, ['keepKey', 'keyGained']);
      assert.deepEqual(federation.keyOf(third, 1), key);
    }
    assert.deepEqual(boxFor(third), boxFor(third));
    assert.notDeepEqual(boxFor(third).sealed, boxFor(second).sealed);
  });

  const other = recordOf(first, { epoch: 2 });
  const lies = [
    ['holds another key than the record says', boxFor(third, first, record, bytesOf('wrong'))],
    ["is another site's", { ...boxFor(second), recipient: third }],
    ['is of another epoch', { ...boxFor(third, first, other), epoch: 1 }],
    ['was sealed by somebody else than it says', { ...boxFor(third), sealer: second }],
    ['was changed on its way', { ...boxFor(third), sealed: boxFor(third).sealed.with(20, 0) }],
    ['is of a stranger', { ...boxFor(third), sealer: siteId('stranger') }],
  ] as const;
  for (const [what, box] of lies) {
    it(`is refused when it ${what}`, () => {
      const federation = withRecord(third);
      assert.equal(refusalOf(answer(federation, third, box)), 'badBox');
      assert.equal(federation.keyOf(third, 1), undefined);
    });
  }

  it('is refused before its record, and by a site that it is not for', () => {
    assert.equal(refusalOf(answer(new KeyFederation(names), third, boxFor(third))), 'notAsked');
    assert.equal(refusalOf(answer(withRecord(third), third, boxFor(second))), 'notAsked');
  });

  it('is sealed by a holder to sites of the roster alone, and by nobody who has no key', () => {
    const ask = { kind: 'keyWanted', planHash: study.planHash, epoch: 1, recipients: [second, first, third] } as const;
    assert.equal(refusalOf(answer(withRecord(third), third, ask)), 'notAsked');
    const federation = withRecord(third);
    answer(federation, third, boxFor(third));
    const sealed = answer(federation, third, ask);
    assert.deepEqual(
      sealed.map((effect) =>
        effect.kind === 'send' && effect.message.kind === 'keyBox' ? effect.message.recipient : '',
      ),
      [second, first],
    );
    const strangers = { ...ask, recipients: [second, siteId('stranger')] };
    assert.equal(refusalOf(answer(federation, third, strangers)), 'notRostered');
  });
});

describe('the key of an epoch at a site', () => {
  it('is destroyed when its last round is settled, and not before, and does not come back', () => {
    const federation = new KeyFederation(names);
    federation.need(1);
    federation.connect(...sites);
    federation.run();
    const box = federation.boxes.get(`1 ${third}`)!;
    federation.toSite(third, { kind: 'roundSettled', round: 1 });
    assert(federation.keyOf(third, 1));
    federation.toSite(third, { kind: 'roundSettled', round: 2 });
    assert.equal(federation.keyOf(third, 1), undefined);
    assert(federation.member(third).effects.some(({ kind }) => kind === 'destroyKey'));
    assert.deepEqual(answer(federation, third, box), []);
    assert.deepEqual(answer(federation, third, federation.records.get(1)!), []);
    assert.equal(federation.keyOf(third, 1), undefined);
  });

  it('goes with an offer that nobody took', () => {
    const federation = new KeyFederation(names);
    answer(federation, first, { kind: 'keyRequested', planHash: study.planHash, epoch: 1, place: 0 });
    federation.toSite(first, { kind: 'roundSettled', round: 3 });
    assert.equal(federation.member(first).state.epochs.get(1)?.offer, null);
    assert(federation.member(first).effects.some(({ kind }) => kind === 'destroyOffer'));
  });
});
