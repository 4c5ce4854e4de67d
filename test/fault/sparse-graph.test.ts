import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { neighboursOf, ringOrder } from '#shared/secagg/graph';
import { siteStep } from '#shared/secagg/site/round';
import type { AttemptGraph, CoordinatorMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { bothSecretsRevealed, closingAnew, signedAnew, siteSends } from '../support/byzantine.ts';
import { Federation } from '../support/federation.ts';
import type { Moment, Op, Packet } from '../support/federation.ts';
import { sitesInSum } from '../support/round-oracle.ts';
import { study } from '../support/study.ts';

/** 40 sites of which 3 collude and 3 drop out: k = 14, t_k = g = 4. */
const plan = study({ count: 40, parameters: { colluders: 3, dropouts: 3 } });
const { names } = plan;
const [first, second, third] = names as [SiteId, SiteId, SiteId];

function graphOf(fed: Federation, site: SiteId = first): AttemptGraph {
  const { state } = fed.member(site);
  assert.ok('graph' in state, 'U1 is closed');
  assert.equal(state.graph.kind, 'harary');
  return state.graph;
}

async function expectSum(
  ops: readonly Op[],
  u3: readonly SiteId[],
  culprits: readonly SiteId[] = [],
): Promise<Federation> {
  const fed = await new Federation(plan, ops).run();
  assert.equal(fed.coordinator.ended?.outcome, 'accepted');
  assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), u3);
  assert.deepEqual(fed.coordinator.ended.culprits, culprits);
  assert.deepEqual(bothSecretsRevealed(fed.tap), []);
  return fed;
}

/** Delivers a message to a site that must refuse it with this code and change nothing. */
function expectRefusal(
  fed: Federation,
  site: SiteId,
  message: Exclude<CoordinatorMessage, { kind: 'attemptOpened' }>,
  code: string,
): void {
  const { config, state } = fed.member(site);
  const step = siteStep(config, state, { kind: 'received', message }, crypto);
  assert.deepEqual(step.effects, [{ kind: 'refuse', code, culprits: ['coordinator'], evidence: message }]);
  assert.equal(step.state, state);
}

function all(lost: readonly SiteId[] = []): readonly SiteId[] {
  return names.filter((site) => !lost.includes(site));
}

describe('a round on a sparse graph', function () {
  this.timeout(60_000);

  it('deals, masks and answers along its edges only, and gives the exact sum', async () => {
    const fed = new Federation(plan);
    await fed.until(first, 'confirmRequest');
    const graph = graphOf(fed, second);
    assert.equal(graph.degree, 14);
    while (await fed.next());
    for (const packet of fed.tap) {
      if (packet.kind !== 'up') continue;
      const around = [...neighboursOf(graph, packet.site), packet.site].toSorted();
      if (packet.message.kind === 'keyShares') {
        assert.deepEqual(packet.message.shares.map(({ holder }) => holder).toSorted(), around);
      }
      if (packet.message.kind === 'unmaskAnswer') {
        assert.deepEqual(packet.message.shares.map(({ of }) => of).toSorted(), around);
      }
    }
    assert.ok(fed.masks.every((masks) => masks.length === 1 + graph.degree));
    // The message to `first` that was taken off the wire is missing: it confirmed when it answered.
    assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), names);
  });

  for (const before of [
    'advertisement',
    'keyShares',
    'uploadCommitment',
    'chunks',
    'confirmation',
    'unmaskAnswer',
  ] satisfies Moment[]) {
    it(`gives the exact sum of U3 when three sites are lost before their ${before}`, async () => {
      const lost = [first, second, third];
      const leaves = !['confirmation', 'unmaskAnswer'].includes(before);
      await expectSum(
        lost.map((site) => ({ op: 'lose', site, before })),
        leaves ? all(lost) : names,
      );
    });
  }

  it('gives the exact sum of U3 when a site is lost in each phase', async () => {
    const fed = await expectSum(
      [
        { op: 'lose', site: names[4]!, before: 'advertisement' },
        { op: 'lose', site: names[9]!, before: 'keyShares' },
        { op: 'lose', site: names[17]!, before: 'chunks' },
        { op: 'lose', site: names[30]!, before: 'confirmation' },
        { op: 'lose', site: names[31]!, before: 'unmaskAnswer' },
      ],
      all([names[4]!, names[9]!, names[17]!]),
    );
    assert.ok(!graphOfAttempt(fed).order.includes(names[4]!));
  });

  it('opens the sum with fewer answers than the plan’s threshold, when each neighbourhood has t_k', async () => {
    const silent = names.filter((_, i) => i % 2 === 1);
    const fed = await expectSum(
      silent.map((site) => siteSends(site, 'unmaskAnswer', () => [])),
      names,
    );
    const answers = fed.tap.filter((p) => p.kind === 'up' && p.message.kind === 'unmaskAnswer');
    assert.ok(answers.length <= 20 && plan.parameters.threshold > 20);
  });

  it('gives the exact sum at 256 sites, 25 of which may collude, when as many are lost', async () => {
    const many = study({ count: 256, parameters: { colluders: 25, dropouts: 25 } });
    const lost = many.names.slice(100, 125);
    const fed = await new Federation(
      many,
      lost.map((site, i) => ({ op: 'lose', site, before: i % 2 === 0 ? 'chunks' : 'keyShares' })),
    ).run();
    assert.equal(fed.coordinator.ended?.outcome, 'accepted');
    assert.deepEqual(
      fed.sum && sitesInSum(many, fed.sum),
      many.names.filter((site) => !lost.includes(site)),
    );
    assert.deepEqual(bothSecretsRevealed(fed.tap), []);
  }).timeout(300_000);

  it('names a holder who answers with a wrong share, and a dealer whose shares are wrong', async () => {
    const wrong = siteSends(first, 'unmaskAnswer', (message) => [
      signedAnew(message, {
        shares: message.shares.map((entry) => ({ ...entry, share: entry.share.map((b) => b ^ 1) })),
      }),
    ]);
    await expectSum([wrong], names, [first]);
    const fed = await new Federation(plan, [{ op: 'misdeal', site: second }]).run();
    assert.deepEqual([fed.coordinator.ended?.outcome, fed.coordinator.ended?.culprits], ['badDealer', [second]]);
  });

  it('refuses and names a site that deals to others than its neighbours, or reports one', async () => {
    const elsewhere = siteSends(first, 'keyShares', (message) => {
      const [pair, ...rest] = message.shares;
      const stranger = names.find((name) => !message.shares.some(({ holder }) => holder === name))!;
      return [signedAnew(message, { shares: [...rest, { ...pair!, holder: stranger }] })];
    });
    const fed = await expectSum([elsewhere], all([first]), [first]);
    assert.ok(fed.coordinator.refusals.every(({ code }) => code === 'notASubset'));
    const report = siteSends(first, 'uploadCommitment', (message) => {
      const { state } = reported.member(first);
      assert.ok('graph' in state);
      const { context, transcript, graph } = state;
      const stranger = graph.order[(graph.order.indexOf(first) + 8) % 40]!;
      const unsigned = { kind: 'badShareReport', site: first, context, transcript, dealers: [stranger] } as const;
      return [signedAnew({ ...unsigned, signature: new Uint8Array(64) }, {}), message];
    });
    const reported: Federation = new Federation(plan, [report]);
    await reported.run();
    assert.deepEqual(reported.sum && sitesInSum(plan, reported.sum), names);
    assert.deepEqual(reported.coordinator.ended?.culprits, [first]);
    assert.ok(reported.coordinator.refusals.every(({ code }) => code === 'notASubset'));
  });
});

/** The graph that the coordinator's last attempt had. */
function graphOfAttempt(fed: Federation): Pick<AttemptGraph, 'order'> {
  const sent = fed.tap.findLast((p) => p.kind === 'down' && p.message.kind === 'advertisements');
  assert.ok(sent?.kind === 'down' && sent.message.kind === 'advertisements');
  const { transcript, sites } = sent.message.closing;
  return { order: ringOrder(crypto, transcript, sites) };
}

describe('survivors that a sparse graph cannot bear', function () {
  this.timeout(60_000);

  /** Loses, in the first attempt, the chunks or the key shares of these places of its ring. */
  function silence(places: (place: number) => boolean, what: 'chunks' | 'keyShares'): Op {
    let order: readonly SiteId[] = [];
    let over = false;
    const as = (packet: Packet): readonly Packet[] | undefined => {
      if (packet.kind === 'down') {
        const { message } = packet;
        if (message.kind === 'advertisements') order = ringOrder(crypto, message.closing.transcript, names);
        if (message.kind === 'attemptOpened') over = message.attempt > 0;
        return undefined;
      }
      const kind = packet.kind === 'chunks' ? 'chunks' : packet.message.kind;
      return over || kind !== what || !places(order.indexOf(packet.site)) ? undefined : [];
    };
    return { op: 'forge', as };
  }

  for (const [title, places, what] of [
    ['a gap of the ring holds too few of U3', (place: number) => place < 4, 'chunks'],
    ['a dropout has too few neighbours in U3', (place: number) => place < 12, 'chunks'],
    ['a member of U2 has too few neighbours in it', (place: number) => place < 15 && place !== 7, 'keyShares'],
  ] as const) {
    it(`lead to a new attempt with all sites when ${title}`, async () => {
      const fed = await expectSum([silence(places, what)], names);
      assert.equal(fed.coordinator.state.phase === 'closed' && fed.coordinator.state.published?.attempt, 1);
      for (const { refusals } of fed.members.values()) assert.deepEqual(refusals, [], 'the coordinator sees it first');
      const confirmed = fed.tap.flatMap((p) =>
        p.kind === 'down' && p.message.kind === 'confirmRequest' ? [p.message] : [],
      );
      assert.ok(
        confirmed.every(({ commitments }) => commitments.length === 40),
        'nobody is asked to confirm the first attempt',
      );
    });
  }

  it('are refused by every site when the coordinator asks to confirm them all the same', async () => {
    const fed = new Federation(plan);
    const request = await fed.until(first, 'confirmRequest');
    const { order } = graphOf(fed);
    for (const [lost, code] of [
      [4, 'gapTooWide'],
      [12, 'tooFewNeighbours'],
    ] as const) {
      const gone = new Set(order.slice(0, lost));
      const commitments = request.commitments.filter(({ site }) => !gone.has(site));
      const closing = closingAnew(request.closing, { sites: commitments.map(({ site }) => site) });
      for (const site of names.filter((name) => !gone.has(name) && fed.member(name).state.phase === 'uploading')) {
        expectRefusal(fed, site, { ...request, closing, commitments }, code);
      }
    }
  });

  it('are refused by a site that has too few neighbours in U2', async () => {
    const fed = new Federation(plan);
    const routed = await fed.until(first, 'routedShares');
    const graph = graphOf(fed);
    const near = neighboursOf(graph, first);
    const enough = names.filter((name) => !near.slice(0, 11).includes(name));
    const tooFew = names.filter((name) => !near.slice(0, 12).includes(name));
    const closed = (sites: readonly SiteId[]) => ({ ...routed, closing: closingAnew(routed.closing, { sites }) });
    expectRefusal(fed, first, closed(tooFew), 'tooFewNeighbours');
    await fed.toSite(first, { kind: 'received', message: closed(enough) });
    assert.equal(fed.member(first).state.phase, 'uploading');
  });
});
