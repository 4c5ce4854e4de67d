import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { contextHash } from '#shared/secagg/context';
import { openRound } from '#shared/secagg/round-opened';
import { siteStep } from '#shared/secagg/site/round';
import { transcriptHash } from '#shared/secagg/transcript';
import type {
  Advertisement,
  Advertisements,
  CoordinatorMessage,
  SiteState,
  UnmaskRequest,
  UploadCommitment,
} from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import {
  bothSecretsRevealed,
  closingAnew,
  confirmationOf,
  coordinatorSends,
  signedAnew,
  unmaskRequestFor,
} from '../support/byzantine.ts';
import { Federation } from '../support/federation.ts';
import type { Op } from '../support/federation.ts';
import { bytesOf, siteId } from '../support/secrets.ts';
import { identitySeed, study } from '../support/study.ts';
import type { Study } from '../support/study.ts';

type ToSite = Exclude<CoordinatorMessage, { kind: 'attemptOpened' }>;
type In<P extends SiteState['phase']> = Extract<SiteState, { phase: P }>;

/** Delivers a message to a site that must refuse it with this code, name the coordinator and change nothing. */
function expectRefusal(fed: Federation, site: SiteId, message: ToSite, code: string, culprits = ['coordinator']): void {
  const { config, state } = fed.member(site);
  const step = siteStep(config, state, { kind: 'received', message }, crypto);
  assert.deepEqual(
    step.effects.map((effect) => [
      effect.kind,
      'code' in effect && effect.code,
      'culprits' in effect && effect.culprits,
    ]),
    [['refuse', code, culprits]],
  );
  assert.ok(
    step.effects.every((effect) => effect.kind !== 'refuse' || effect.evidence === message),
    'evidence is kept',
  );
  assert.equal(step.state, state);
}

/** Runs until every site has its unmask request, and none has answered. */
async function atUnmask(plan: Study): Promise<{ fed: Federation; request: UnmaskRequest }> {
  const fed = new Federation(plan);
  const request = await fed.until(plan.names[0]!, 'unmaskRequest');
  return { fed, request };
}

function stateIn<P extends SiteState['phase']>(fed: Federation, site: SiteId, phase: P): In<P> {
  const { state } = fed.member(site);
  assert.equal(state.phase, phase);
  return state as In<P>; // asserted
}

/** Delivers until each of these has committed to an upload, and gives what they said. */
async function uploadsOf(fed: Federation, sites: readonly SiteId[]): Promise<readonly UploadCommitment[]> {
  const found = new Map<SiteId, UploadCommitment>();
  for (;;) {
    for (const packet of fed.tap) {
      if (packet.kind === 'up' && packet.message.kind === 'uploadCommitment') found.set(packet.site, packet.message);
    }
    if (sites.every((site) => found.has(site))) return sites.map((site) => found.get(site)!);
    assert.ok(await fed.next(), 'every site uploads');
  }
}

/** Both kinds of graph: what holds of a complete one must hold of a sparse one. */
const graphs = [
  ['a complete graph', study({ count: 5 })],
  ['a sparse graph', study({ count: 36, parameters: { colluders: 2, dropouts: 2 } })],
] as const;

describe('a coordinator that lists every site both alive and dead in phase 4', () => {
  for (const [graph, plan] of graphs) {
    const names = plan.names.toSorted();
    const asked = names.slice(0, 5);

    it(`is refused by every site in one request, and named, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      const twice = [...names, ...names];
      const { transcript } = stateIn(fed, names[0]!, 'confirmed');
      const inU2 = unmaskRequestFor(request, transcript, twice, request.commitments, names);
      const inU3 = { ...request, commitments: [...request.commitments, ...request.commitments] };
      for (const site of names) {
        expectRefusal(fed, site, inU2, 'alreadyConfirmed');
        expectRefusal(fed, site, { ...request, u2: twice }, 'alreadyConfirmed');
        expectRefusal(fed, site, inU3, 'duplicateSite');
      }
    });

    it(`is refused by every site in a second request, whatever it signs and whoever colludes, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      const { transcript } = stateIn(fed, names[0]!, 'confirmed');
      for (const site of names) await fed.toSite(site, { kind: 'received', message: request });
      for (const dead of asked) {
        const alive = request.commitments.filter((entry) => entry.site !== dead);
        const second = unmaskRequestFor(request, transcript, names, alive, names);
        for (const site of names) expectRefusal(fed, site, second, 'alreadyUnmasked');
      }
      assert.deepEqual(bothSecretsRevealed(fed.tap), []);
    });

    it(`gets the same bytes again for the same request, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      const [site] = names;
      for (let i = 0; i < 3; i++) await fed.toSite(site!, { kind: 'received', message: request });
      const answers = fed.tap.flatMap((p) =>
        p.kind === 'up' && p.site === site && p.message.kind === 'unmaskAnswer' ? [p.message] : [],
      );
      assert.equal(answers.length, 3);
      assert.equal(new Set(answers.map((answer) => toHex(answer.signature))).size, 1);
    });
  }
});

describe('a coordinator that asks for two different U3 in one round, or in two attempts, to confirm or to unmask', () => {
  for (const [graph, plan] of graphs) {
    const names = plan.names.toSorted();

    it(`is refused the second confirmation, and the evidence is kept, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const request = await fed.until(names.at(-1)!, 'confirmRequest');
      const smaller = request.commitments.slice(1);
      const closing = closingAnew(request.closing, { sites: smaller.map(({ site }) => site) });
      for (const site of names.slice(0, -1)) {
        stateIn(fed, site, 'confirmed');
        expectRefusal(fed, site, { ...request, closing, commitments: smaller }, 'alreadyConfirmed');
      }
    });

    it(`is refused the second unmasking before and after the first, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      const { transcript } = stateIn(fed, names[1]!, 'confirmed');
      const second = unmaskRequestFor(request, transcript, names, request.commitments.slice(0, -1), names);
      expectRefusal(fed, names[1]!, second, 'alreadyConfirmed');
      await fed.toSite(names[1]!, { kind: 'received', message: request });
      expectRefusal(fed, names[1]!, second, 'alreadyUnmasked');
    });

    it(`gets nobody who has confirmed into a second attempt, in ${graph}`, async () => {
      const { fed } = await atUnmask(plan);
      for (const site of names) {
        const { config, state } = fed.member(site);
        const secrets = { maskPrivateKey: bytesOf('s'), channelPrivateKey: bytesOf('c'), selfMaskSeed: bytesOf('b') };
        const step = siteStep(config, state, { kind: 'attemptOpened', attempt: 1, secrets }, crypto);
        assert.equal(step.state, state);
        assert.deepEqual(
          step.effects.map((effect) => effect.kind === 'refuse' && effect.code),
          ['alreadyConfirmed'],
        );
      }
    });

    it(`is refused what it asks under another attempt, to confirm and to unmask, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const confirm = await fed.until(names.at(-1)!, 'confirmRequest');
      await fed.toSite(names.at(-1)!, { kind: 'received', message: confirm });
      const request = await fed.until(names[0]!, 'unmaskRequest');
      const [, site] = names as [SiteId, SiteId];
      const { transcript } = stateIn(fed, site, 'confirmed');
      const context = contextHash(crypto, { ...plan.siteConfig(site).binding, attempt: 1 });
      const closing = closingAnew(confirm.closing, { context });
      const unmask = unmaskRequestFor({ ...request, context }, transcript, names, request.commitments, names);
      expectRefusal(fed, site, { ...confirm, closing }, 'alreadyConfirmed');
      expectRefusal(fed, site, unmask, 'alreadyConfirmed');
      await fed.toSite(site, { kind: 'received', message: request });
      expectRefusal(fed, site, { ...confirm, closing }, 'alreadyConfirmed');
      expectRefusal(fed, site, unmask, 'alreadyUnmasked');
    });

    it(`is refused an aggregate over another U3 or of another attempt than was confirmed, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const published = await fed.until(names[0]!, 'aggregatePublished');
      expectRefusal(fed, names[0]!, { ...published, u3: names.slice(1) }, 'secondMessage');
      expectRefusal(fed, names[0]!, { ...published, attempt: 1 }, 'secondMessage');
    });
  }
});

describe('a coordinator that shows two sites different U1 or U2 and the same U3', () => {
  for (const [graph, plan] of graphs) {
    const names = plan.names.toSorted();
    const last = names.at(-1)!;
    const dropout = { op: 'lose', site: last, before: 'uploadCommitment' } as const;
    const withoutLast = names.slice(0, -1);
    const others = withoutLast.slice(Math.ceil(withoutLast.length / 2));

    it(`is refused by every site when U2 differs and U3 is the same: nobody confirms, in ${graph}`, async () => {
      const fed = new Federation(plan, [
        coordinatorSends(others, 'routedShares', (message) => ({
          ...message,
          closing: closingAnew(message.closing, { sites: withoutLast }),
          shares: message.shares.filter(({ dealer }) => dealer !== last),
        })),
      ]);
      const { closing } = await fed.until(last, 'routedShares');
      const uploads = await uploadsOf(fed, withoutLast);
      for (const site of withoutLast) {
        const u2 = others.includes(site) ? withoutLast : names;
        const survivors = closingAnew(closing, { phase: 'maskedInput', sites: withoutLast });
        const request = { kind: 'confirmRequest', round: 1, u2, closing: survivors, commitments: uploads } as const;
        expectRefusal(fed, site, request, 'transcriptMismatch');
      }
    });

    it(`is refused by the sites that saw another U2 than the one they are asked to confirm, in ${graph}`, async () => {
      const fed = new Federation(plan, [dropout]);
      const request = await fed.until(names[0]!, 'confirmRequest');
      expectRefusal(fed, names[0]!, { ...request, u2: withoutLast }, 'secondMessage');
    });

    it(`cannot sum over a U1 that differs: shares and uploads are under another transcript, in ${graph}`, async () => {
      const fed = await new Federation(plan, [
        coordinatorSends(others, 'advertisements', (message) => {
          const advertisements = message.advertisements.filter(({ site }) => site !== names[0]);
          const { context } = message.closing;
          const transcript = transcriptHash(crypto, context, advertisements);
          const sites = advertisements.map(({ site }) => site);
          return { ...message, advertisements, closing: closingAnew(message.closing, { transcript, sites }) };
        }),
      ]).run();
      assert.notEqual(fed.coordinator.ended?.outcome, 'accepted');
      assert.ok(!fed.tap.some((packet) => packet.kind === 'up' && packet.message.kind === 'unmaskAnswer'));
    });
  }
  it('cannot single out a site by a U2 in which the only neighbours of it are sites that it then calls dropouts', async () => {
    const plan = study({ count: 40, parameters: { colluders: 3, dropouts: 3 } });
    const [victim] = plan.names as [SiteId];
    let dead: readonly SiteId[] = [];
    const ops: readonly Op[] = [
      coordinatorSends([victim], 'routedShares', (message) => {
        const near = message.shares.map(({ dealer }) => dealer);
        dead = near.slice(0, 3);
        const sites = plan.names.filter((name) => !near.includes(name) || dead.includes(name));
        const closing = closingAnew(message.closing, { sites });
        return { ...message, closing, shares: message.shares.filter(({ dealer }) => dead.includes(dealer)) };
      }),
      { op: 'forge', as: (packet) => (packet.kind === 'chunks' && dead.includes(packet.site) ? [] : undefined) },
    ];
    const fed = new Federation(plan, ops);
    await fed.begin();
    const survivors = plan.names.filter((name) => name !== victim);
    while (!fed.tap.some((p) => p.kind === 'down' && p.message.kind === 'confirmRequest')) await fed.next();
    const request = await fed.until(
      survivors.find((name) => !dead.includes(name))!,
      'confirmRequest',
    );
    assert.ok(
      fed.masks.some((masks) => masks.length === 4),
      'it masked with its own seed and with three sites, whose keys the others would give away',
    );
    const commitments = [...request.commitments, ...(await uploadsOf(fed, [victim]))];
    const closing = closingAnew(request.closing, { sites: commitments.map(({ site }) => site) });
    const asked = survivors.filter((name) => fed.member(name).state.phase === 'uploading' && !dead.includes(name));
    assert.ok(asked.length > plan.parameters.threshold);
    for (const site of asked) expectRefusal(fed, site, { ...request, closing, commitments }, 'transcriptMismatch');
  });
});

/** Phase 0 of four sites: one has the advertisements before it. */
const phase0 = study({ count: 4 });
const [me, victim] = phase0.names as [SiteId, SiteId];

async function atAdvertisements(): Promise<{ fed: Federation; message: Advertisements }> {
  const fed = new Federation(phase0);
  return { fed, message: await fed.until(me, 'advertisements') };
}

/** The same message over other advertisements, consistently closed and signed. */
function over(message: Advertisements, advertisements: readonly Advertisement[]): Advertisements {
  const { context } = message.closing;
  const transcript = transcriptHash(crypto, context, advertisements);
  const sites = advertisements.map(({ site }) => site);
  return { ...message, advertisements, closing: closingAnew(message.closing, { transcript, sites }) };
}

function replace(
  message: Advertisements,
  site: SiteId,
  change: (entry: Advertisement) => Advertisement,
): Advertisements {
  return over(
    message,
    message.advertisements.map((entry) => (entry.site === site ? change(entry) : entry)),
  );
}

describe('a coordinator that swaps a public key, adds an unrostered site, or replays an old round’s advertisement', () => {
  it('is refused when it swaps a public key', async () => {
    const { fed, message } = await atAdvertisements();
    const maskPublicKey = crypto.x25519PublicKey(bytesOf('mine'));
    expectRefusal(
      fed,
      me,
      replace(message, victim, (entry) => ({ ...entry, maskPublicKey })),
      'badSignature',
    );
    const channelPublicKey = crypto.x25519PublicKey(bytesOf('mine'));
    expectRefusal(
      fed,
      me,
      replace(message, victim, (entry) => ({ ...entry, channelPublicKey })),
      'badSignature',
    );
  });

  it('is refused when it changes this site’s own entry, or leaves it out', async () => {
    const { fed, message } = await atAdvertisements();
    const own = replace(message, me, (entry) => signedAnew(entry, { selfMaskCommitment: bytesOf('other') }));
    expectRefusal(fed, me, own, 'ownEntryChanged');
    expectRefusal(
      fed,
      me,
      over(
        message,
        message.advertisements.filter(({ site }) => site !== me),
      ),
      'ownEntryChanged',
    );
  });

  it('is refused when it adds an unrostered site, or one outside the cohort', async () => {
    const { fed, message } = await atAdvertisements();
    const intruder = siteId('intruder');
    const entry = signedAnew(
      {
        ...message.advertisements[0]!,
        site: intruder,
        maskPublicKey: crypto.x25519PublicKey(bytesOf('i1')),
        channelPublicKey: crypto.x25519PublicKey(bytesOf('i2')),
      },
      {},
    );
    expectRefusal(fed, me, over(message, [...message.advertisements, entry]), 'notRostered');
    const member = fed.member(me);
    const identities = new Map([
      ...member.config.identities,
      [intruder, crypto.ed25519PublicKey(identitySeed(intruder))],
    ]);
    const config = { ...member.config, identities };
    const step = siteStep(
      config,
      member.state,
      { kind: 'received', message: over(message, [...message.advertisements, entry]) },
      crypto,
    );
    assert.deepEqual(
      step.effects.map((effect) => effect.kind === 'refuse' && effect.code),
      ['notInCohort'],
    );
  });

  it('is refused when it replays an advertisement of an earlier round', async () => {
    const earlier = new Federation(study({ count: 4, round: 0 }));
    const old = (await earlier.until(me, 'advertisements')).advertisements.find(({ site }) => site === victim)!;
    const { fed, message } = await atAdvertisements();
    expectRefusal(
      fed,
      me,
      replace(message, victim, () => old),
      'contextMismatch',
    );
  });

  it('is refused a U1 with a key twice, a key of small order, or below the quorum', async () => {
    const { fed, message } = await atAdvertisements();
    const mine = message.advertisements.find(({ site }) => site === me)!;
    const forge = (change: Partial<Advertisement>): Advertisements => {
      const advertisements = message.advertisements.map((entry) =>
        entry.site === victim ? signedAnew(entry, change) : entry,
      );
      return { ...message, advertisements };
    };
    expectRefusal(fed, me, forge({ maskPublicKey: mine.maskPublicKey }), 'duplicateKey');
    expectRefusal(fed, me, forge({ maskPublicKey: new Uint8Array(32) }), 'smallOrderPoint');
    expectRefusal(fed, me, over(message, message.advertisements.slice(0, 2)), 'belowQuorum');
    expectRefusal(fed, me, { ...message, advertisements: [...message.advertisements, mine] }, 'duplicateSite');
  });

  it('is refused a closing that is forged, of another phase, or over other sites', async () => {
    const { fed, message } = await atAdvertisements();
    const { closing } = message;
    expectRefusal(fed, me, { ...message, closing: { ...closing, signature: new Uint8Array(64) } }, 'badSignature');
    expectRefusal(fed, me, { ...message, closing: closingAnew(closing, { phase: 'shareKeys' }) }, 'wrongPhase', []);
    expectRefusal(
      fed,
      me,
      { ...message, closing: closingAnew(closing, { transcript: bytesOf('x') }) },
      'transcriptMismatch',
    );
    expectRefusal(
      fed,
      me,
      { ...message, closing: closingAnew(closing, { sites: phase0.names.slice(1) }) },
      'transcriptMismatch',
    );
  });
});

describe('a coordinator that sends two different models', () => {
  it('is refused at phase 0 by a site whose own model is another: the contexts differ', async () => {
    const { fed, message } = await atAdvertisements();
    const binding = { ...phase0.siteConfig(victim).binding, attempt: 0, modelHash: bytesOf('another model') };
    const context = contextHash(crypto, binding);
    expectRefusal(
      fed,
      me,
      replace(message, victim, (entry) => signedAnew(entry, { context })),
      'contextMismatch',
    );
    const other = study({ count: 4, modelHash: bytesOf('another model') });
    const opened = openRound(other.coordinator, crypto);
    expectRefusal(fed, me, opened, 'modelMismatch', []);
  });
});

describe('a coordinator that shrinks U3 below quorum, forges confirmations or splits views', () => {
  for (const [graph, plan] of [['a complete graph', study({ count: 7 })], graphs[1]] as const) {
    const names = plan.names.toSorted();
    const [me] = names as [SiteId];
    const last = names.at(-1)!;

    it(`is refused a U3 below the quorum in phase 3, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const request = await fed.until(me, 'confirmRequest');
      const commitments = request.commitments.slice(0, plan.parameters.quorum - 1);
      const closing = closingAnew(request.closing, { sites: commitments.map(({ site }) => site) });
      expectRefusal(fed, me, { ...request, closing, commitments }, 'belowQuorum');
    });

    it(`is refused a U3 that leaves out a site with a receipt, or counts another commitment of it, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const request = await fed.until(me, 'confirmRequest');
      const without = request.commitments.filter(({ site }) => site !== me);
      const closing = closingAnew(request.closing, { sites: without.map(({ site }) => site) });
      expectRefusal(fed, me, { ...request, closing, commitments: without }, 'receiptIgnored');
      const { transcript } = stateIn(fed, me, 'uploading');
      const mine = request.commitments.find(({ site }) => site === me)!;
      const commitment = mine.commitment.slice();
      commitment[10]! ^= 1;
      const other = signedAnew(mine, { commitment });
      assert.equal(transcript.length, 32);
      const commitments = request.commitments.map((entry) => (entry.site === me ? other : entry));
      expectRefusal(fed, me, { ...request, commitments }, 'commitmentMismatch');
    });

    it(`is refused commitments that are unsigned, of another length, or not those of U3, in ${graph}`, async () => {
      const fed = new Federation(plan);
      const request = await fed.until(me, 'confirmRequest');
      const [, second] = request.commitments;
      const swap = (entry: typeof second): ToSite => ({
        ...request,
        commitments: request.commitments.map((before) => (before.site === second!.site ? entry! : before)),
      });
      expectRefusal(fed, me, swap({ ...second!, signature: new Uint8Array(64) }), 'badSignature');
      const longer = second!.commitment.slice();
      longer[47]! += 1;
      expectRefusal(fed, me, swap(signedAnew(second!, { commitment: longer })), 'wrongLength');
      const elsewhere = second!.commitment.slice();
      elsewhere[95]! ^= 1;
      expectRefusal(fed, me, swap(signedAnew(second!, { commitment: elsewhere })), 'transcriptMismatch');
      expectRefusal(fed, me, { ...request, commitments: request.commitments.slice(1) }, 'commitmentMismatch');
    });

    it(`is refused forged confirmations, too few of them, and those of one site counted twice, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      const { threshold, colluders } = plan.parameters;
      const few = request.confirmations.slice(0, threshold - 1);
      expectRefusal(fed, me, { ...request, confirmations: few }, 'tooFewConfirmations');
      expectRefusal(fed, me, { ...request, confirmations: [...few, few[0]!, few[1]!] }, 'tooFewConfirmations');
      const forged = { ...few[0]!, site: last };
      expectRefusal(fed, me, { ...request, confirmations: [...few, forged] }, 'tooFewConfirmations');
      const { transcript } = stateIn(fed, me, 'confirmed');
      const colluding = unmaskRequestFor(request, transcript, names, request.commitments, names.slice(0, colluders));
      expectRefusal(fed, me, colluding, 'tooFewConfirmations');
      const other = request.confirmations.map(({ site }) => confirmationOf(site, request.context, bytesOf('another')));
      expectRefusal(fed, me, { ...request, confirmations: other }, 'tooFewConfirmations');
    });

    it(`is refused confirmations of sites outside U3, in ${graph}`, async () => {
      const fed = new Federation(plan, [{ op: 'lose', site: last, before: 'uploadCommitment' }]);
      const request = await fed.until(me, 'unmaskRequest');
      const { transcript } = stateIn(fed, me, 'confirmed');
      const { threshold } = plan.parameters;
      const signers = [...names.slice(0, threshold - 1), last];
      expectRefusal(
        fed,
        me,
        unmaskRequestFor(request, transcript, names, request.commitments, signers),
        'tooFewConfirmations',
      );
    });

    it(`gets no share from a site outside U3, whether that confirmed or not, in ${graph}`, async () => {
      const outside = last;
      const fed = new Federation(plan, [
        { op: 'forge', as: (p) => (p.kind === 'chunks' && p.site === outside ? [] : undefined) },
      ]);
      const confirm = await fed.until(me, 'confirmRequest');
      await fed.toSite(me, { kind: 'received', message: confirm });
      const request = await fed.until(me, 'unmaskRequest');
      stateIn(fed, outside, 'uploading');
      expectRefusal(fed, outside, request, 'notInCohort');
      await fed.toSite(outside, { kind: 'received', message: confirm });
      stateIn(fed, outside, 'confirmed');
      expectRefusal(fed, outside, request, 'notInCohort');
    });

    it(`is refused an unmask request that is unsigned or names something else than it hashes, in ${graph}`, async () => {
      const { fed, request } = await atUnmask(plan);
      expectRefusal(fed, me, { ...request, signature: new Uint8Array(64) }, 'badSignature');
      const { transcript } = stateIn(fed, me, 'confirmed');
      const other = unmaskRequestFor(request, transcript, names, request.commitments.slice(1), names);
      expectRefusal(fed, me, { ...other, commitments: request.commitments }, 'transcriptMismatch');
    });

    it(`has its unmask request answered by a site that had not confirmed, after the checks of phase 3, in ${graph}`, async () => {
      const fed = new Federation(plan, [
        {
          op: 'forge',
          as: (p) => (p.kind === 'down' && p.site === me && p.message.kind === 'confirmRequest' ? [] : undefined),
        },
      ]);
      const request = await fed.until(me, 'unmaskRequest');
      const { transcript } = stateIn(fed, me, 'uploading');
      const smaller = unmaskRequestFor(request, transcript, names, request.commitments.slice(1), names);
      expectRefusal(fed, me, smaller, 'receiptIgnored');
      const tooSmall = unmaskRequestFor(request, transcript, names, request.commitments.slice(0, 3), names);
      expectRefusal(fed, me, tooSmall, 'belowQuorum');
      await fed.toSite(me, { kind: 'received', message: request });
      stateIn(fed, me, 'unmasked');
    });
  }
});
