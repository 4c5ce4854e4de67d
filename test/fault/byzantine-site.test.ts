import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { shareHash } from '#shared/secagg/context';
import type { KeyShares, SiteMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { coordinatorSends, signedAnew, siteSends } from '../support/byzantine.ts';
import { Federation } from '../support/federation.ts';
import type { Op, Packet } from '../support/federation.ts';
import { sitesInSum } from '../support/round-oracle.ts';
import { bytesOf } from '../support/secrets.ts';
import { study } from '../support/study.ts';

const plan = study({ count: 4 });
const { names } = plan;
const [liar, second, third, fourth] = names as [SiteId, SiteId, SiteId, SiteId];

/** Every refusal that the coordinator gave, as `site: code`. */
function refusals(fed: Federation): readonly string[] {
  return [...new Set(fed.coordinator.refusals.map(({ to, code }) => `${to}: ${code}`))];
}

/** The dealer's message with the boxes for these holders filled with noise. */
function spoilBoxes(message: KeyShares, holders: readonly SiteId[]): KeyShares {
  const shares = message.shares.map((pair) =>
    holders.includes(pair.holder) ? { ...pair, sealed: pair.sealed.map((byte) => byte ^ 0x55) } : pair,
  );
  return signedAnew(message, { shares });
}

async function expectSum(ops: readonly Op[], u3: readonly SiteId[], culprits: readonly SiteId[]): Promise<Federation> {
  const fed = await new Federation(plan, ops).run();
  assert.equal(fed.coordinator.ended?.outcome, 'accepted');
  assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), u3);
  assert.deepEqual(fed.coordinator.ended.culprits, culprits);
  return fed;
}

describe('site sends bad shares', () => {
  it('is reported by the holder, by name, and the sum is right', async () => {
    const fed = await expectSum(
      [siteSends(liar, 'keyShares', (message) => [spoilBoxes(message, [second])])],
      names,
      [],
    );
    const reports = fed.tap.flatMap((p) => (p.kind === 'up' && p.message.kind === 'badShareReport' ? [p.message] : []));
    assert.deepEqual(
      reports.map(({ site, dealers }) => [site, dealers]),
      [[second, [liar]]],
    );
  });

  it('is reported when a share is not the one whose hash it signed', async () => {
    const spoil = (message: KeyShares): KeyShares =>
      signedAnew(message, {
        shares: message.shares.map((pair) => (pair.holder === third ? { ...pair, maskKeyHash: bytesOf('x') } : pair)),
      });
    const fed = await expectSum([siteSends(liar, 'keyShares', (message) => [spoil(message)])], names, []);
    assert.ok(fed.tap.some((p) => p.kind === 'up' && p.message.kind === 'badShareReport' && p.site === third));
  });

  it('is left out of a new attempt when more than f sites report it, and named', async () => {
    const everybody = siteSends(liar, 'keyShares', (message) => [spoilBoxes(message, names)]);
    const fed = await expectSum([everybody], [second, third, fourth], [liar]);
    assert.equal(fed.coordinator.state.phase === 'closed' && fed.coordinator.state.published?.attempt, 1);
  });

  it('is refused when it deals to other sites than U1', async () => {
    const fed = await expectSum(
      [siteSends(liar, 'keyShares', (message) => [signedAnew(message, { shares: message.shares.slice(1) })])],
      [second, third, fourth],
      [liar],
    );
    assert.deepEqual(refusals(fed), [`${liar}: notASubset`]);
  });
});

describe('site sends another site’s id', () => {
  const kinds: readonly SiteMessage['kind'][] = ['advertisement', 'keyShares', 'uploadCommitment'];
  for (const kind of kinds) {
    it(`is refused and named for its ${kind}, and the sum of the others is right`, async () => {
      const claim = siteSends(liar, kind, (message) => [{ ...message, site: second }]); // one field changed
      const fed = await expectSum([claim], [second, third, fourth], [liar]);
      assert.deepEqual(refusals(fed), [`${liar}: badSignature`]);
    });
  }

  it('is refused and named when it signs with another key than its own', async () => {
    const forged = siteSends(liar, 'advertisement', (message) => [{ ...message, signature: new Uint8Array(64) }]);
    const fed = await expectSum([forged], [second, third, fourth], [liar]);
    assert.deepEqual(refusals(fed), [`${liar}: badSignature`]);
  });

  it('is refused and named when it advertises the key of another, or a key of small order', async () => {
    let taken: Uint8Array | undefined;
    const watch: Op = {
      op: 'forge',
      as: (p) => {
        if (p.kind === 'up' && p.message.kind === 'advertisement' && p.site === liar) taken = p.message.maskPublicKey;
        return undefined;
      },
    };
    const copy = siteSends(second, 'advertisement', (m) => [
      signedAnew(m, { channelPublicKey: taken ?? new Uint8Array(32) }),
    ]);
    const fed = await expectSum([watch, copy], [liar, third, fourth], [second]);
    assert.deepEqual(refusals(fed), [`${second}: duplicateKey`]);
    const small = siteSends(liar, 'advertisement', (m) => [signedAnew(m, { maskPublicKey: new Uint8Array(32) })]);
    assert.deepEqual(refusals(await expectSum([small], [second, third, fourth], [liar])), [`${liar}: smallOrderPoint`]);
  });
});

describe('site sends a wrong length, a foreign upload, or a late or second one', () => {
  it('is refused and named for a wrong length', async () => {
    const longer = siteSends(liar, 'uploadCommitment', (message) => {
      const commitment = message.commitment.slice();
      commitment[59]! += 1;
      return [signedAnew(message, { commitment })];
    });
    const fed = await expectSum([longer], [second, third, fourth], [liar]);
    assert.deepEqual(refusals(fed), [`${liar}: wrongLength`]);
  });

  it('is refused and named for chunks that are not what it committed to', async () => {
    const other: Op = {
      op: 'forge',
      as: (p) =>
        p.kind === 'chunks' && p.site === liar
          ? [{ ...p, chunks: p.chunks.map((chunk) => chunk.map((byte) => byte ^ 1)) }]
          : undefined,
    };
    const fed = await expectSum([other], [second, third, fourth], [liar]);
    assert.deepEqual(refusals(fed), [`${liar}: commitmentMismatch`]);
  });

  it('is refused and named for a second upload, and the first one counts', async () => {
    const again = siteSends(liar, 'uploadCommitment', (message) => {
      const commitment = message.commitment.slice();
      commitment[10]! ^= 1;
      return [message, signedAnew(message, { commitment })];
    });
    const fed = await expectSum([again], names, [liar]);
    assert.deepEqual(refusals(fed), [`${liar}: secondMessage`]);
  });

  it('is refused, and not named, for an upload that is late', async () => {
    const held: Packet[] = [];
    const hold: Op = {
      op: 'forge',
      as: (p) => {
        if (p.site !== liar || !(p.kind === 'chunks' || (p.kind === 'up' && p.message.kind === 'uploadCommitment')))
          return undefined;
        held.push(p);
        return [];
      },
    };
    const fed = new Federation(plan, [hold]);
    const message = await fed.until(second, 'confirmRequest');
    await fed.toSite(second, { kind: 'received', message });
    for (const packet of held)
      if (packet.kind === 'up') await fed.toCoordinator({ kind: 'received', from: liar, message: packet.message });
    while (await fed.next());
    assert.deepEqual(refusals(fed), [`${liar}: wrongPhase`]);
    assert.deepEqual(fed.coordinator.ended?.culprits, []);
    assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), [second, third, fourth]);
  });

  it('has an upload deleted that is complete only after U3 is closed', async () => {
    const late: Op = { op: 'forge', as: (p) => (p.kind === 'chunks' && p.site === liar ? [] : undefined) };
    const fed = new Federation(plan, [late]);
    await fed.until(second, 'confirmRequest');
    fed.coordinator.uploads.set(liar, new Uint32Array());
    await fed.toCoordinator({ kind: 'uploadCompleted', from: liar, commitment: new Uint8Array(96) });
    assert.ok(!fed.coordinator.uploads.has(liar));
  });
});

describe('a dealer whose shares are wrong; a holder who answers with a wrong share', () => {
  /** The answer with the share of one dealer changed. */
  function withWrongShare(of: SiteId): Op {
    return siteSends(liar, 'unmaskAnswer', (message) => [
      signedAnew(message, {
        shares: message.shares.map((entry) =>
          entry.of === of ? { ...entry, share: entry.share.map((b) => b ^ 1) } : entry,
        ),
      }),
    ]);
  }

  it('name the holder who answers with one, not the dealer, and the sum is right', async () => {
    const fed = await expectSum([withWrongShare(second)], names, [liar]);
    assert.deepEqual(refusals(fed), [`${liar}: badShare`]);
  });

  it('name the holder who answers with the other secret’s share, which is not looked at', async () => {
    const other = siteSends(liar, 'unmaskAnswer', (message) => [
      signedAnew(message, {
        shares: message.shares.map((entry) => (entry.of === second ? { ...entry, kind: 'mask-key' as const } : entry)),
      }),
    ]);
    assert.deepEqual(refusals(await expectSum([other], names, [liar])), [`${liar}: badShare`]);
  });

  it('name the holder who gives away the other secret’s share as it was dealt', async () => {
    const other = siteSends(liar, 'unmaskAnswer', (message) => {
      const { state } = fed.member(liar);
      assert.ok('held' in state);
      const share = state.held.get(second)!['mask-key'];
      const shares = message.shares.map((entry) =>
        entry.of === second ? { of: second, kind: 'mask-key' as const, share } : entry,
      );
      return [signedAnew(message, { shares })];
    });
    const fed: Federation = new Federation(plan, [other]);
    await fed.run();
    assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), names);
    assert.deepEqual([fed.coordinator.ended?.outcome, fed.coordinator.ended?.culprits], ['accepted', [liar]]);
    assert.deepEqual(refusals(fed), [`${liar}: badShare`]);
  });

  it('name the holder who answers one share twice', async () => {
    const twice = siteSends(liar, 'unmaskAnswer', (message) => [
      signedAnew(message, { shares: [...message.shares, message.shares[0]!] }),
    ]);
    assert.deepEqual(refusals(await expectSum([twice], names, [liar])), [`${liar}: badShare`]);
  });

  it('name the dealer whose shares match their hashes and combine to something else, not the holders', async () => {
    const fed = await new Federation(plan, [{ op: 'misdeal', site: liar }]).run();
    assert.equal(fed.coordinator.ended?.outcome, 'badDealer');
    assert.deepEqual(fed.coordinator.ended.culprits, [liar]);
    assert.equal(fed.coordinator.uploads.size, 0);
  });

  it('name the dealer whose shares have the index zero or one index twice', async () => {
    for (const index of [0, 7]) {
      const share = new Uint8Array(33).fill(index);
      const fed = await new Federation(plan, [{ op: 'misdeal', site: liar, share }]).run();
      assert.deepEqual([fed.coordinator.ended?.outcome, fed.coordinator.ended?.culprits], ['badDealer', [liar]]);
    }
  });

  it('name the holder and not the dealer also when too few shares are left', async () => {
    const fed = await new Federation(plan, [
      { op: 'lose', site: fourth, before: 'uploadCommitment' },
      withWrongShare(second),
    ]).run();
    assert.deepEqual([fed.coordinator.ended?.outcome, fed.coordinator.ended?.culprits], ['tooFewShares', [liar]]);
  });

  it('can be told apart because a share’s hash names its dealer, its holder and its kind', () => {
    const name = { transcript: bytesOf('T1'), dealer: liar, holder: second, kind: 'self-mask' } as const;
    const others = [
      { ...name, dealer: third },
      { ...name, holder: third },
      { ...name, kind: 'mask-key' as const },
    ];
    const share = bytesOf('share');
    for (const other of others) assert.notDeepEqual(shareHash(crypto, name, share), shareHash(crypto, other, share));
  });
});

describe('a site spoils the sum; the coordinator publishes another aggregate', () => {
  it('is named when it signs another model than t sites, and the round is accepted', async () => {
    const fed = new Federation(plan, [
      siteSends(liar, 'modelSignature', (m) => [signedAnew(m, { modelHash: bytesOf('mine') })]),
    ]);
    await fed.run();
    assert.equal(fed.coordinator.ended?.outcome, 'accepted');
    assert.deepEqual(fed.coordinator.ended.culprits, [liar]);
    assert.ok(!fed.coordinator.ended.signatures.some(({ site }) => site === liar));
  });

  it('ends in a vote against the round when nobody comes to one model, and the old model stays', async () => {
    const disagree = names.map((site) =>
      siteSends(site, 'modelSignature', (m) => [signedAnew(m, { modelHash: bytesOf(site) })]),
    );
    const fed = await new Federation(plan, disagree).run();
    assert.equal(fed.coordinator.ended?.outcome, 'votedDown');
    assert.deepEqual(fed.coordinator.ended.modelHash, plan.coordinator.binding.modelHash);
    for (const { ended } of fed.members.values()) assert.equal(ended?.outcome, 'votedDown');
  });

  it('ends in a vote against the round when the sites refuse the aggregate', async () => {
    const refuse = (site: SiteId): Op =>
      siteSends(site, 'modelSignature', () => [{ kind: 'refusal', site, round: 1, code: 'aggregateOutOfRange' }]);
    const fed = await new Federation(plan, names.map(refuse)).run();
    assert.equal(fed.coordinator.ended?.outcome, 'votedDown');
  });

  it('ends in a vote against the round when the bytes are not those that are announced: nothing is applied', async () => {
    const fed = new Federation(plan, [
      coordinatorSends(names, 'aggregatePublished', (m) => ({ ...m, aggregateHash: bytesOf('another') })),
    ]);
    await fed.run();
    assert.equal(fed.coordinator.ended?.outcome, 'votedDown');
    const said = fed.tap.flatMap((p) => (p.kind === 'up' && p.message.kind === 'refusal' ? [p.message.code] : []));
    assert.deepEqual(new Set(said), new Set(['commitmentMismatch']));
    for (const { ended } of fed.members.values())
      assert.deepEqual(ended?.modelHash, plan.coordinator.binding.modelHash);
  });

  it('is not accepted where two halves of the sites are given two aggregates: neither model has t signatures', async () => {
    const half: readonly SiteId[] = [liar, second];
    const two = new Federation(
      plan,
      half.map((site) =>
        siteSends(site, 'modelSignature', (m) => [signedAnew(m, { modelHash: bytesOf('of the other aggregate') })]),
      ),
    );
    await two.run();
    assert.equal(two.coordinator.ended?.outcome, 'votedDown');
    for (const { ended } of two.members.values()) assert.equal(ended?.outcome, 'votedDown');
  });
});
