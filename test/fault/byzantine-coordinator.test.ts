import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { contextHash } from '#shared/secagg/context';
import { openRound } from '#shared/secagg/round-opened';
import { siteStep } from '#shared/secagg/site-round';
import { transcriptHash } from '#shared/secagg/transcript';
import type { Advertisement, Advertisements, CoordinatorMessage, SiteState, UnmaskRequest } from '#shared/secagg/types';
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

describe('a coordinator that lists every site both alive and dead', () => {
  const plan = study({ count: 5 });
  const { names } = plan;

  it('is refused by every site in one request, and named', async () => {
    const { fed, request } = await atUnmask(plan);
    for (const site of names) {
      const { transcript } = stateIn(fed, site, 'confirmed');
      const twice = [...names, ...names];
      expectRefusal(
        fed,
        site,
        unmaskRequestFor(request, transcript, twice, request.commitments, names),
        'alreadyConfirmed',
      );
      expectRefusal(fed, site, { ...request, u2: twice }, 'alreadyConfirmed');
      expectRefusal(
        fed,
        site,
        { ...request, commitments: [...request.commitments, ...request.commitments] },
        'duplicateSite',
      );
    }
  });

  it('is refused by every site in a second request, whatever it signs and whoever colludes', async () => {
    const { fed, request } = await atUnmask(plan);
    const transcripts = new Map(names.map((site) => [site, stateIn(fed, site, 'confirmed').transcript]));
    for (const site of names) await fed.toSite(site, { kind: 'received', message: request });
    for (const site of names) {
      for (const dead of names.filter((other) => other !== site)) {
        const alive = request.commitments.filter((entry) => entry.site !== dead);
        const second = unmaskRequestFor(request, transcripts.get(site)!, names, alive, names);
        expectRefusal(fed, site, second, 'alreadyUnmasked');
      }
    }
    assert.deepEqual(bothSecretsRevealed(fed.tap), []);
  });

  it('gets the same bytes again for the same request', async () => {
    const { fed, request } = await atUnmask(plan);
    const [site] = names;
    for (let i = 0; i < 3; i++) await fed.toSite(site!, { kind: 'received', message: request });
    const answers = fed.tap.flatMap((p) =>
      p.kind === 'up' && p.site === site && p.message.kind === 'unmaskAnswer' ? [p.message] : [],
    );
    assert.equal(answers.length, 3);
    assert.equal(new Set(answers.map((answer) => toHex(answer.signature))).size, 1);
  });
});

describe('a coordinator that asks for two different U3 in one round', () => {
  const plan = study({ count: 5 });
  const { names } = plan;

  it('is refused the second confirmation, and the evidence is kept', async () => {
    const fed = new Federation(plan);
    const request = await fed.until(names[4]!, 'confirmRequest');
    const smaller = request.commitments.slice(1);
    const closing = closingAnew(request.closing, { sites: smaller.map(({ site }) => site) });
    for (const site of names.slice(0, 4)) {
      stateIn(fed, site, 'confirmed');
      expectRefusal(fed, site, { ...request, closing, commitments: smaller }, 'alreadyConfirmed');
    }
  });

  it('is refused the second unmasking before and after the first', async () => {
    const { fed, request } = await atUnmask(plan);
    const { transcript } = stateIn(fed, names[1]!, 'confirmed');
    const second = unmaskRequestFor(request, transcript, names, request.commitments.slice(0, 4), names);
    expectRefusal(fed, names[1]!, second, 'alreadyConfirmed');
    await fed.toSite(names[1]!, { kind: 'received', message: request });
    expectRefusal(fed, names[1]!, second, 'alreadyUnmasked');
  });

  it('gets nobody who has confirmed into a second attempt', async () => {
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

  it('is refused an aggregate over another U3 or of another attempt than was confirmed', async () => {
    const fed = new Federation(plan);
    const published = await fed.until(names[0]!, 'aggregatePublished');
    expectRefusal(fed, names[0]!, { ...published, u3: names.slice(1) }, 'secondMessage');
    expectRefusal(fed, names[0]!, { ...published, attempt: 1 }, 'secondMessage');
  });
});

describe('a coordinator that shows sites different views', () => {
  const plan = study({ count: 5 });
  const { names } = plan;
  const [, , third, fourth, fifth] = names;
  const dropout = { op: 'lose', site: fifth!, before: 'uploadCommitment' } as const;
  const others = [third!, fourth!];
  const withoutFifth = names.slice(0, 4);

  it('gets too few confirmations when U2 differs and U3 is the same: nobody unmasks', async () => {
    const fed = await new Federation(plan, [
      dropout,
      coordinatorSends(others, 'routedShares', (message) => ({
        ...message,
        closing: closingAnew(message.closing, { sites: withoutFifth }),
        shares: message.shares.filter(({ dealer }) => dealer !== fifth),
      })),
      coordinatorSends(others, 'confirmRequest', (message) => ({ ...message, u2: withoutFifth })),
    ]).run();
    assert.equal(fed.coordinator.ended?.outcome, 'tooFewConfirmations');
    assert.ok(!fed.tap.some((packet) => packet.kind === 'up' && packet.message.kind === 'unmaskAnswer'));
  });

  it('is refused by the sites that saw another U2 than the one they are asked to confirm', async () => {
    const fed = new Federation(plan, [dropout]);
    const request = await fed.until(names[0]!, 'confirmRequest');
    expectRefusal(fed, names[0]!, { ...request, u2: withoutFifth }, 'secondMessage');
  });

  it('cannot sum over a U1 that differs: shares and uploads are under another transcript', async () => {
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
});

describe('a coordinator that cheats in phase 0', () => {
  const plan = study({ count: 4 });
  const { names } = plan;
  const [me, victim] = names;

  async function atAdvertisements(): Promise<{ fed: Federation; message: Advertisements }> {
    const fed = new Federation(plan);
    return { fed, message: await fed.until(me!, 'advertisements') };
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

  it('is refused when it swaps a public key', async () => {
    const { fed, message } = await atAdvertisements();
    const maskPublicKey = crypto.x25519PublicKey(bytesOf('mine'));
    expectRefusal(
      fed,
      me!,
      replace(message, victim!, (entry) => ({ ...entry, maskPublicKey })),
      'badSignature',
    );
    const channelPublicKey = crypto.x25519PublicKey(bytesOf('mine'));
    expectRefusal(
      fed,
      me!,
      replace(message, victim!, (entry) => ({ ...entry, channelPublicKey })),
      'badSignature',
    );
  });

  it('is refused when it changes this site’s own entry, or leaves it out', async () => {
    const { fed, message } = await atAdvertisements();
    const own = replace(message, me!, (entry) => signedAnew(entry, { selfMaskCommitment: bytesOf('other') }));
    expectRefusal(fed, me!, own, 'ownEntryChanged');
    expectRefusal(
      fed,
      me!,
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
    expectRefusal(fed, me!, over(message, [...message.advertisements, entry]), 'notRostered');
    const member = fed.member(me!);
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
    const old = (await earlier.until(me!, 'advertisements')).advertisements.find(({ site }) => site === victim)!;
    const { fed, message } = await atAdvertisements();
    expectRefusal(
      fed,
      me!,
      replace(message, victim!, () => old),
      'contextMismatch',
    );
  });

  it('is refused when it sends different models: the contexts differ', async () => {
    const { fed, message } = await atAdvertisements();
    const binding = { ...plan.siteConfig(victim!).binding, attempt: 0, modelHash: bytesOf('another model') };
    const context = contextHash(crypto, binding);
    expectRefusal(
      fed,
      me!,
      replace(message, victim!, (entry) => signedAnew(entry, { context })),
      'contextMismatch',
    );
    const other = study({ count: 4, modelHash: bytesOf('another model') });
    const opened = openRound(other.coordinator, crypto);
    expectRefusal(fed, me!, opened, 'modelMismatch', []);
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
    expectRefusal(fed, me!, forge({ maskPublicKey: mine.maskPublicKey }), 'duplicateKey');
    expectRefusal(fed, me!, forge({ maskPublicKey: new Uint8Array(32) }), 'smallOrderPoint');
    expectRefusal(fed, me!, over(message, message.advertisements.slice(0, 2)), 'belowQuorum');
    expectRefusal(fed, me!, { ...message, advertisements: [...message.advertisements, mine] }, 'duplicateSite');
  });

  it('is refused a closing that is forged, of another phase, or over other sites', async () => {
    const { fed, message } = await atAdvertisements();
    const { closing } = message;
    expectRefusal(fed, me!, { ...message, closing: { ...closing, signature: new Uint8Array(64) } }, 'badSignature');
    expectRefusal(fed, me!, { ...message, closing: closingAnew(closing, { phase: 'shareKeys' }) }, 'wrongPhase', []);
    expectRefusal(
      fed,
      me!,
      { ...message, closing: closingAnew(closing, { transcript: bytesOf('x') }) },
      'transcriptMismatch',
    );
    expectRefusal(
      fed,
      me!,
      { ...message, closing: closingAnew(closing, { sites: names.slice(1) }) },
      'transcriptMismatch',
    );
  });
});

describe('a coordinator that shrinks U3 or forges confirmations', () => {
  const plan = study({ count: 7 });
  const { names } = plan;
  const [me] = names;

  it('is refused a U3 below the quorum in phase 3', async () => {
    const fed = new Federation(plan);
    const request = await fed.until(me!, 'confirmRequest');
    const commitments = request.commitments.slice(0, plan.parameters.quorum - 1);
    const closing = closingAnew(request.closing, { sites: commitments.map(({ site }) => site) });
    expectRefusal(fed, me!, { ...request, closing, commitments }, 'belowQuorum');
  });

  it('is refused a U3 that leaves out a site with a receipt, or counts another commitment of it', async () => {
    const fed = new Federation(plan);
    const request = await fed.until(me!, 'confirmRequest');
    const without = request.commitments.filter(({ site }) => site !== me);
    const closing = closingAnew(request.closing, { sites: without.map(({ site }) => site) });
    expectRefusal(fed, me!, { ...request, closing, commitments: without }, 'receiptIgnored');
    const { transcript } = stateIn(fed, me!, 'uploading');
    const mine = request.commitments.find(({ site }) => site === me)!;
    const commitment = mine.commitment.slice();
    commitment[10]! ^= 1;
    const other = signedAnew(mine, { commitment });
    assert.equal(transcript.length, 32);
    const commitments = request.commitments.map((entry) => (entry.site === me ? other : entry));
    expectRefusal(fed, me!, { ...request, commitments }, 'commitmentMismatch');
  });

  it('is refused commitments that are unsigned, of another length, or not those of U3', async () => {
    const fed = new Federation(plan);
    const request = await fed.until(me!, 'confirmRequest');
    const [, second] = request.commitments;
    const swap = (entry: typeof second): ToSite => ({
      ...request,
      commitments: request.commitments.map((before) => (before.site === second!.site ? entry! : before)),
    });
    expectRefusal(fed, me!, swap({ ...second!, signature: new Uint8Array(64) }), 'badSignature');
    const longer = second!.commitment.slice();
    longer[47]! += 1;
    expectRefusal(fed, me!, swap(signedAnew(second!, { commitment: longer })), 'wrongLength');
    const elsewhere = second!.commitment.slice();
    elsewhere[95]! ^= 1;
    expectRefusal(fed, me!, swap(signedAnew(second!, { commitment: elsewhere })), 'transcriptMismatch');
    expectRefusal(fed, me!, { ...request, commitments: request.commitments.slice(1) }, 'commitmentMismatch');
  });

  it('is refused forged confirmations, too few of them, and those of one site counted twice', async () => {
    const { fed, request } = await atUnmask(plan);
    const { threshold, colluders } = plan.parameters;
    const few = request.confirmations.slice(0, threshold - 1);
    expectRefusal(fed, me!, { ...request, confirmations: few }, 'tooFewConfirmations');
    expectRefusal(fed, me!, { ...request, confirmations: [...few, few[0]!, few[1]!] }, 'tooFewConfirmations');
    const forged = { ...few[0]!, site: names.at(-1)! };
    expectRefusal(fed, me!, { ...request, confirmations: [...few, forged] }, 'tooFewConfirmations');
    const { transcript } = stateIn(fed, me!, 'confirmed');
    const colluding = unmaskRequestFor(request, transcript, names, request.commitments, names.slice(0, colluders));
    expectRefusal(fed, me!, colluding, 'tooFewConfirmations');
    const other = request.confirmations.map(({ site }) => confirmationOf(site, request.context, bytesOf('another')));
    expectRefusal(fed, me!, { ...request, confirmations: other }, 'tooFewConfirmations');
  });

  it('is refused confirmations of sites outside U3', async () => {
    const fed = new Federation(plan, [{ op: 'lose', site: names[6]!, before: 'uploadCommitment' }]);
    const request = await fed.until(me!, 'unmaskRequest');
    const { transcript } = stateIn(fed, me!, 'confirmed');
    const { threshold } = plan.parameters;
    const signers = [...names.slice(0, threshold - 1), names[6]!];
    expectRefusal(
      fed,
      me!,
      unmaskRequestFor(request, transcript, names, request.commitments, signers),
      'tooFewConfirmations',
    );
  });

  it('gets no share from a site outside U3, whether that confirmed or not', async () => {
    const outside = names[6]!;
    const fed = new Federation(plan, [
      { op: 'forge', as: (p) => (p.kind === 'chunks' && p.site === outside ? [] : undefined) },
    ]);
    const confirm = await fed.until(me!, 'confirmRequest');
    await fed.toSite(me!, { kind: 'received', message: confirm });
    const request = await fed.until(me!, 'unmaskRequest');
    stateIn(fed, outside, 'uploading');
    expectRefusal(fed, outside, request, 'notInCohort');
    await fed.toSite(outside, { kind: 'received', message: confirm });
    stateIn(fed, outside, 'confirmed');
    expectRefusal(fed, outside, request, 'notInCohort');
  });

  it('is refused an unmask request that is unsigned or names something else than it hashes', async () => {
    const { fed, request } = await atUnmask(plan);
    expectRefusal(fed, me!, { ...request, signature: new Uint8Array(64) }, 'badSignature');
    const { transcript } = stateIn(fed, me!, 'confirmed');
    const other = unmaskRequestFor(request, transcript, names, request.commitments.slice(1), names);
    expectRefusal(fed, me!, { ...other, commitments: request.commitments }, 'transcriptMismatch');
  });

  it('has its unmask request answered by a site that had not confirmed, after the checks of phase 3', async () => {
    const fed = new Federation(plan, [
      {
        op: 'forge',
        as: (p) => (p.kind === 'down' && p.site === me && p.message.kind === 'confirmRequest' ? [] : undefined),
      },
    ]);
    const request = await fed.until(me!, 'unmaskRequest');
    const { transcript } = stateIn(fed, me!, 'uploading');
    const smaller = unmaskRequestFor(request, transcript, names, request.commitments.slice(1), names);
    expectRefusal(fed, me!, smaller, 'receiptIgnored');
    const tooSmall = unmaskRequestFor(request, transcript, names, request.commitments.slice(0, 3), names);
    expectRefusal(fed, me!, tooSmall, 'belowQuorum');
    await fed.toSite(me!, { kind: 'received', message: request });
    stateIn(fed, me!, 'unmasked');
  });
});
