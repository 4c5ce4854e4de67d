import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { attemptGraph } from '#shared/secagg/attempt-graph';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorState,
  RoundClosed,
  SiteEvent,
  SiteMessage,
  UnmaskRequest,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { bothSecretsRevealed, closingAnew, signedAnew, unmaskRequestFor } from '../support/byzantine.ts';
import { cachingCrypto } from '../../scripts/simulate/caching-crypto.ts';
import { Federation } from '../support/federation.ts';
import type { Moment, Op } from '../support/federation.ts';
import { expectedRound, sitesInSum } from '../support/round-oracle.ts';
import { bytesOf } from '../support/secrets.ts';
import { study } from '../support/study.ts';

const crypto = cachingCrypto();
const runs = 300;

describe('the coordinator over perturbed runs', function () {
  this.timeout(60_000);
  const plan = study({ count: 4, maxAttempts: 1 });
  const { quorum, threshold } = plan.parameters;
  const kinds = [
    'advertisement',
    'keyShares',
    'uploadCommitment',
    'uploadCompleted',
    'confirmation',
    'unmaskAnswer',
    'modelSignature',
  ] as const;
  type Kind = (typeof kinds)[number];

  let honest: readonly CoordinatorEvent[];
  let combined: CoordinatorEvent;
  let summed: CoordinatorEvent;
  let elsewhere: readonly CoordinatorEvent[];

  before(async () => {
    const { journal } = (await new Federation(plan).run()).coordinator;
    const reactions = ['sharesCombined', 'aggregateSummed', 'deadline'];
    honest = journal.filter(({ kind }) => !reactions.includes(kind));
    combined = journal.find(({ kind }) => kind === 'sharesCombined')!;
    summed = journal.find(({ kind }) => kind === 'aggregateSummed')!;
    const other = await new Federation(study({ count: 4, round: 2 })).run();
    elsewhere = other.coordinator.journal.filter(({ kind }) => kind === 'received');
  });

  /** Something that must change nothing: a message of another round, or one of this round with a forged signature. */
  function noise(choice: number, pick: number): CoordinatorEvent {
    const signed = honest.filter((event) => event.kind === 'received' && 'signature' in event.message);
    const event = choice % 2 === 0 ? elsewhere[pick % elsewhere.length]! : signed[pick % signed.length]!;
    if (choice % 2 === 0 || event.kind !== 'received' || !('signature' in event.message)) return event;
    return { ...event, message: { ...event.message, signature: new Uint8Array(64).fill(choice) } };
  }

  /** The honest round without up to two sites' events of one kind, then up to six events pushed in anywhere. */
  const change = fc.record({
    kind: fc.constantFrom<Kind>(...kinds),
    lost: fc.oneof(fc.constant<SiteId[]>([]), fc.uniqueArray(fc.constantFrom(...plan.names), { maxLength: 2 })),
    extra: fc.array(fc.tuple(fc.nat(60), fc.nat(9), fc.nat(200)), { maxLength: 6, size: 'max' }),
  });
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  function kindOf(event: CoordinatorEvent): string {
    return event.kind === 'received' ? event.message.kind : event.kind;
  }
  function perturb({ kind, lost, extra }: Change): readonly CoordinatorEvent[] {
    const run = honest.filter((event) => !('from' in event && kindOf(event) === kind && lost.includes(event.from)));
    for (const [at, choice, pick] of extra) run.splice(1 + (at % run.length), 0, noise(choice, pick));
    return run;
  }

  /** What was sent decides: who was heard in the phase that lost somebody, against the plan's numbers. */
  function expected({ kind, lost }: Change): RoundClosed['outcome'] {
    const left = plan.names.length - lost.length;
    if (lost.length === 0) return 'accepted';
    switch (kind) {
      case 'advertisement': // the others dealt under another U1
      case 'keyShares': // the others uploaded before U2 was closed
        return 'belowQuorum';
      case 'uploadCommitment': // the others confirmed before U3 was closed
      case 'uploadCompleted':
        return left < quorum ? 'belowQuorum' : 'tooFewConfirmations';
      case 'confirmation':
        return left < threshold ? 'tooFewConfirmations' : 'accepted';
      case 'unmaskAnswer':
        return left < threshold ? 'tooFewShares' : 'accepted';
      case 'modelSignature':
        return left < threshold ? 'votedDown' : 'accepted';
    }
  }

  interface Outcome {
    readonly state: CoordinatorState;
    readonly effects: readonly CoordinatorEffect[];
    readonly journal: readonly CoordinatorEvent[];
  }

  /** The run, with the driver's answers to what is asked of it, and at its end every deadline that is still awaited. */
  function fold(run: readonly CoordinatorEvent[]): Outcome {
    let state = initialCoordinatorState();
    const effects: CoordinatorEffect[] = [];
    const journal: CoordinatorEvent[] = [];
    const take = (event: CoordinatorEvent): void => {
      const step = coordinatorStep(plan.coordinator, state, event, crypto);
      journal.push(event);
      effects.push(...step.effects);
      state = step.state;
      if (step.effects.some(({ kind }) => kind === 'combineShares')) take(combined);
      if (step.effects.some(({ kind }) => kind === 'sumUploads')) take(summed);
    };
    run.forEach(take);
    for (let i = 0; i < 10 && state.phase !== 'closed'; i++) {
      const phase =
        state.phase === 'idle' || state.phase === 'combining' || state.phase === 'summing' ? 'unmask' : state.phase;
      take({ kind: 'deadline', attempt: 0, phase });
    }
    return { state, effects, journal };
  }

  it('never throws and ends as what was heard decides, accepted in more than half of the runs', () => {
    let accepted = 0;
    fc.assert(
      fc.property(change, (perturbation) => {
        const { state } = fold(perturb(perturbation));
        const outcome = state.phase === 'closed' ? state.closed.outcome : 'open';
        assert.equal(outcome, expected(perturbation));
        if (outcome === 'accepted') accepted += 1;
      }),
      { numRuns: runs, seed: 1 },
    );
    assert.ok(accepted > runs / 2, `${String(accepted)} of ${String(runs)} runs were accepted`);
  });

  it('asks to unmask once, with the word of t survivors that was given', () => {
    fc.assert(
      fc.property(change, (perturbation) => {
        const run = perturb(perturbation);
        const { effects } = fold(run);
        const sent = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []));
        const requests = sent.flatMap((message) => (message.kind === 'unmaskRequest' ? [message] : []));
        assert.ok(requests.every((request) => isDeepStrictEqual(request, requests[0])));
        for (const { confirmations } of requests.slice(0, 1)) {
          assert.ok(new Set(confirmations.map(({ site }) => site)).size >= threshold);
          const given = run.flatMap((event) =>
            event.kind === 'received' && event.message.kind === 'confirmation' && honest.includes(event)
              ? [event.message]
              : [],
          );
          for (const { site, signature } of confirmations) {
            assert.ok(given.some((said) => said.site === site && said.signature === signature));
          }
        }
      }),
      { numRuns: runs, seed: 2 },
    );
  });

  it('comes from its journal to the state it was in', () => {
    fc.assert(
      fc.property(change, (perturbation) => {
        const { state, journal } = fold(perturb(perturbation));
        const replayed = journal.reduce(
          (before, event) => coordinatorStep(plan.coordinator, before, event, crypto).state,
          initialCoordinatorState(),
        );
        assert.ok(isDeepStrictEqual(replayed, state));
      }),
      { numRuns: 50, seed: 3 },
    );
  });

  it('keeps the first of two different messages of a site', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.constantFrom(...plan.names), (at, site) => {
        const genuine = honest.find(
          (e) => e.kind === 'received' && e.from === site && e.message.kind === 'modelSignature',
        );
        assert.ok(genuine?.kind === 'received' && genuine.message.kind === 'modelSignature');
        const second = { ...genuine, message: signedAnew(genuine.message, { modelHash: bytesOf('another') }) };
        const from = honest.indexOf(genuine) + 1;
        const run = honest.toSpliced(from + (at % (honest.length - from + 1)), 0, second);
        const { state } = fold(run);
        assert.equal(state.phase === 'closed' && state.closed.outcome, 'accepted');
        assert.ok(state.phase === 'closed' && !state.closed.signatures.some((entry) => entry === second.message));
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe('a site under a hostile coordinator with every other site’s key', function () {
  this.timeout(60_000);
  const plan = study({ count: 5 });
  const { threshold } = plan.parameters;
  const [site] = plan.names as [SiteId];
  const config = plan.siteConfig(site);
  let journal: readonly SiteEvent[];
  let request: UnmaskRequest;
  let transcript: Uint8Array;

  before(async () => {
    const fed = await new Federation(plan).run();
    ({ journal } = fed.member(site));
    for (const event of journal) {
      if (event.kind !== 'received') continue;
      if (event.message.kind === 'unmaskRequest') request = event.message;
      if (event.message.kind === 'confirmRequest') ({ transcript } = event.message.closing);
    }
  });

  /** Requests over any survivor set, signed as they should be, confirmed by anybody; and openings of further attempts. */
  const hostile = fc.oneof(
    fc.record({
      kind: fc.constantFrom('confirm', 'unmask'),
      u3: fc.subarray([...plan.names], { minLength: 3 }),
      by: fc.subarray([...plan.names], { minLength: 2 }),
    }),
    fc.record({ kind: fc.constant('attempt'), attempt: fc.integer({ min: 0, max: 2 }) }),
    fc.record({ kind: fc.constant('again'), pick: fc.nat(20) }),
  );
  type Hostile = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

  function eventOf(choice: Hostile): SiteEvent {
    if ('pick' in choice) return journal[choice.pick % journal.length]!;
    if ('attempt' in choice) {
      const { attempt } = choice;
      const secret = (name: string): Uint8Array => bytesOf(`${name} of attempt ${String(attempt)}`);
      const secrets = { maskPrivateKey: secret('s'), channelPrivateKey: secret('c'), selfMaskSeed: secret('b') };
      return { kind: 'attemptOpened', attempt, secrets };
    }
    const commitments = request.commitments.filter((entry) => choice.u3.includes(entry.site));
    if (choice.kind === 'unmask') {
      return {
        kind: 'received',
        message: unmaskRequestFor(request, transcript, plan.names, commitments, [...choice.by, ...choice.by]),
      };
    }
    const confirm = journal.find((event) => event.kind === 'received' && event.message.kind === 'confirmRequest');
    assert.ok(confirm?.kind === 'received' && confirm.message.kind === 'confirmRequest');
    const closing = closingAnew(confirm.message.closing, { sites: choice.u3 });
    return { kind: 'received', message: { ...confirm.message, closing, commitments } };
  }

  const change = fc.array(fc.tuple(fc.nat(40), hostile), { maxLength: 6, size: 'max' });

  function perturb(extra: readonly (readonly [number, Hostile])[]): readonly SiteEvent[] {
    const run = [...journal];
    for (const [at, choice] of extra) run.splice(at % (run.length + 1), 0, eventOf(choice));
    return run;
  }
  /** Every message of the site, with the number of events that it had seen. */
  function said(run: readonly SiteEvent[]): readonly { readonly message: SiteMessage; readonly seen: number }[] {
    let state = initialSiteState();
    return run.flatMap((event, i) => {
      const step = siteStep(config, state, event, crypto);
      state = step.state;
      return step.effects.flatMap((effect) =>
        effect.kind === 'send' ? [{ message: effect.message, seen: i + 1 }] : [],
      );
    });
  }

  it('confirms one set, answers one request, reveals one share of each dealer, and answers in more than half of the runs', () => {
    let answered = 0;
    fc.assert(
      fc.property(change, (extra) => {
        const run = perturb(extra);
        const spoke = said(run);
        const messages = spoke.map(({ message }) => message);
        for (const kind of ['confirmation', 'unmaskAnswer'] as const) {
          const ofKind = messages.filter((message) => message.kind === kind);
          assert.ok(
            ofKind.every((message) => isDeepStrictEqual(message, ofKind[0])),
            `one ${kind}`,
          );
        }
        assert.deepEqual(bothSecretsRevealed(messages.map((message) => ({ kind: 'up', site, message }))), []);
        const spoken = messages.findIndex(({ kind }) => kind === 'confirmation' || kind === 'unmaskAnswer');
        const later = spoken < 0 ? [] : messages.slice(spoken).filter(({ kind }) => kind === 'advertisement');
        assert.deepEqual(later, [], 'no other attempt after a confirmation');
        const first = spoke.find(({ message }) => message.kind === 'unmaskAnswer');
        if (first?.message.kind !== 'unmaskAnswer') return;
        const answer = first.message;
        answered += 1;
        // What was sent: some request over exactly this set had t of its members behind it.
        const asked = run
          .slice(0, first.seen)
          .flatMap((e) => (e.kind === 'received' && e.message.kind === 'unmaskRequest' ? [e.message] : []));
        const behind = asked.filter(({ confirmationHash }) =>
          isDeepStrictEqual(confirmationHash, answer.confirmationHash),
        );
        const backed = behind.some(({ commitments, confirmations }) => {
          const u3 = new Set(commitments.map((entry) => entry.site));
          return new Set(confirmations.map((entry) => entry.site).filter((member) => u3.has(member))).size >= threshold;
        });
        assert.ok(backed, 'answered without the word of t survivors');
      }),
      { numRuns: runs, seed: 5 },
    );
    assert.ok(answered > runs / 2, `${String(answered)} of ${String(runs)} runs were answered`);
  });
});

describe('a round of 33 to 80 sites', function () {
  this.timeout(120_000);
  const moment = fc.constantFrom<Moment>('advertisement', 'keyShares', 'uploadCommitment', 'chunks', 'unmaskAnswer');
  const choice = fc
    .record({ count: fc.integer({ min: 33, max: 80 }), colluders: fc.integer({ min: 1, max: 4 }) })
    .chain(({ count, colluders }) =>
      fc.record({
        count: fc.constant(count),
        colluders: fc.constant(colluders),
        losses: fc.uniqueArray(fc.tuple(fc.nat(count - 1), moment), { maxLength: 3, selector: ([place]) => place }),
      }),
    );

  it('is summed on a sparse graph, exactly over U3, and no site gives away both shares of a dealer', async () => {
    await fc.assert(
      fc.asyncProperty(choice, async ({ count, colluders, losses }) => {
        const plan = study({ count, parameters: { colluders, dropouts: 3 } });
        const ops = losses.map(([place, before]): Op => ({ op: 'lose', site: plan.names[place]!, before }));
        const fed = await new Federation(plan, ops).run();
        const { outcome, u3 } = expectedRound(plan, ops);
        assert.equal(outcome, 'accepted');
        assert.equal(fed.coordinator.ended?.outcome, 'accepted');
        assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), u3);
        assert.deepEqual(bothSecretsRevealed(fed.tap), []);
        const most = attemptGraph(crypto, bytesOf('any T1'), plan.names, plan.parameters).degree;
        assert.ok(most < count - 1 && fed.masks.every((masks) => masks.length <= most + 1));
      }),
      { numRuns: 4, seed: 6 },
    );
  });
});
