import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator-round';
import { initialSiteState, siteStep } from '#shared/secagg/site-round';
import type {
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorState,
  SiteEvent,
  SiteMessage,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { bothSecretsRevealed, signedAnew } from '../support/byzantine.ts';
import { Federation } from '../support/federation.ts';
import type { Packet } from '../support/federation.ts';
import { rememberingCrypto } from '../support/remembering-crypto.ts';
import { bytesOf } from '../support/secrets.ts';
import { study } from '../support/study.ts';

const crypto = rememberingCrypto();
const plan = study({ count: 4, maxAttempts: 1 });
const { quorum, threshold } = plan.parameters;
const runs = 300;

let honest: readonly CoordinatorEvent[];
let elsewhere: readonly CoordinatorEvent[];
let siteJournals: ReadonlyMap<SiteId, readonly SiteEvent[]>;

before(async () => {
  const fed = await new Federation(plan).run();
  honest = fed.coordinator.journal;
  siteJournals = new Map([...fed.members].map(([site, { journal }]) => [site, journal]));
  elsewhere = (await new Federation(study({ count: 4, round: 2 })).run()).coordinator.journal;
});

/** A message of this round with a field changed and signed again, one of another round, or a word out of place. */
function noiseOf(choice: number, pick: number): CoordinatorEvent {
  const pool = choice % 3 === 0 ? elsewhere : honest;
  const event = pool[pick % pool.length]!;
  if (choice % 3 !== 2 || event.kind !== 'received' || !('context' in event.message)) return event;
  const { message } = event;
  if (message.kind === 'modelSignature') return { ...event, message: signedAnew(message, { modelHash: bytesOf('x') }) };
  if (message.kind === 'confirmation')
    return { ...event, message: signedAnew(message, { confirmation: bytesOf('x') }) };
  if (message.kind === 'unmaskAnswer') return { ...event, message: signedAnew(message, { shares: [] }) };
  return { ...event, message: { ...message, signature: bytesOf('x') } };
}

/** The honest round with up to two events lost, then up to six pushed in anywhere. */
const perturbedRun = fc
  .tuple(
    fc.uniqueArray(fc.nat(60), { maxLength: 2 }),
    fc.array(fc.tuple(fc.nat(60), fc.nat(8), fc.nat(200)), { maxLength: 6, size: 'max' }),
  )
  .map(([lost, extra]) => ({ lost, extra }));

function perturb({
  lost,
  extra,
}: {
  lost: readonly number[];
  extra: readonly (readonly [number, number, number])[];
}): readonly CoordinatorEvent[] {
  const run = honest.filter((_, i) => i === 0 || !lost.includes(i));
  for (const [at, choice, pick] of extra) run.splice(1 + (at % run.length), 0, noiseOf(choice, pick));
  return run;
}

interface Outcome {
  readonly states: readonly CoordinatorState[];
  readonly tap: readonly CoordinatorMessage[];
}

function fold(run: readonly CoordinatorEvent[]): Outcome {
  const states: CoordinatorState[] = [initialCoordinatorState()];
  const tap: CoordinatorMessage[] = [];
  for (const event of run) {
    const step = coordinatorStep(plan.coordinator, states.at(-1)!, event, crypto);
    states.push(step.state);
    for (const effect of step.effects) if (effect.kind === 'send') tap.push(effect.message);
  }
  return { states, tap };
}

/** The oracle reads what was sent, never what the machine answered: a genuine message is one of the honest round. */
function genuine(event: CoordinatorEvent): boolean {
  return honest.includes(event);
}
/** The sites whose genuine message of this kind is in the run. */
function heard(run: readonly CoordinatorEvent[], kind: SiteMessage['kind'] | 'uploadCompleted'): ReadonlySet<SiteId> {
  return new Set(
    run.filter(genuine).flatMap((event) => {
      if (event.kind === 'uploadCompleted') return kind === event.kind ? [event.from] : [];
      return event.kind === 'received' && event.message.kind === kind ? [event.from] : [];
    }),
  );
}

describe('the coordinator over perturbed runs', function () {
  this.timeout(30_000);

  it('never throws, publishes only over a quorum that was heard, and ends in more than half of the runs', () => {
    let ended = 0;
    fc.assert(
      fc.property(perturbedRun, (change) => {
        const run = perturb(change);
        const { states, tap } = fold(run);
        const published = tap.find((message) => message.kind === 'aggregatePublished');
        const requests = tap.flatMap((message) => (message.kind === 'unmaskRequest' ? [message] : []));
        assert.ok(
          requests.every((request) => isDeepStrictEqual(request, requests[0])),
          'one unmask request in a round',
        );
        for (const request of requests) {
          const signers = new Set(request.confirmations.map(({ site }) => site));
          assert.ok(signers.size >= threshold);
          assert.ok([...signers].every((site) => heard(run, 'confirmation').has(site)));
        }
        if (published?.kind === 'aggregatePublished') {
          assert.ok(published.u3.length >= quorum);
          for (const kind of ['advertisement', 'keyShares', 'uploadCommitment', 'uploadCompleted'] as const) {
            assert.ok(
              published.u3.every((site) => heard(run, kind).has(site)),
              kind,
            );
          }
          assert.ok(heard(run, 'unmaskAnswer').size >= threshold);
        }
        const last = states.at(-1)!;
        if (last.phase === 'closed') {
          ended += 1;
          if (last.closed.outcome === 'accepted') assert.ok(heard(run, 'modelSignature').size >= threshold);
        }
      }),
      { numRuns: runs, seed: 1 },
    );
    assert.ok(ended > runs / 2, `only ${String(ended)} of ${String(runs)} runs came to an end`);
  });

  it('comes to the same state from its journal as it did in the run', () => {
    fc.assert(
      fc.property(perturbedRun, (change) => {
        const run = perturb(change);
        assert.ok(isDeepStrictEqual(fold(run).states.at(-1), fold(run).states.at(-1)));
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  it('is moved by no message of another round', () => {
    const { states } = fold(honest);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (at, pick) => {
        const event = elsewhere[pick % elsewhere.length]!;
        if (event.kind !== 'received') return;
        const state = states[at % states.length]!;
        assert.equal(coordinatorStep(plan.coordinator, state, event, crypto).state, state);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('a site over perturbed runs', function () {
  this.timeout(30_000);

  /** Its journal with events lost, repeated and moved, and those of another site pushed in. */
  const change = fc.record({
    lost: fc.uniqueArray(fc.nat(12), { maxLength: 2 }),
    again: fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 6 }),
    foreign: fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 4 }),
  });

  it('never throws, confirms once, answers once, never reveals both, and ends in more than half of the runs', () => {
    const [site, other] = plan.names as [SiteId, SiteId];
    const config = plan.siteConfig(site);
    let ended = 0;
    fc.assert(
      fc.property(change, ({ lost, again, foreign }) => {
        const own = siteJournals.get(site)!;
        const run = own.filter((_, i) => !lost.includes(i));
        for (const [at, pick] of again) run.splice(at % (run.length + 1), 0, own[pick % own.length]!);
        const others = siteJournals.get(other)!.filter((event) => event.kind === 'received');
        for (const [at, pick] of foreign) run.splice(at % (run.length + 1), 0, others[pick % others.length]!);
        let state = initialSiteState();
        const said: SiteMessage[] = [];
        for (const event of run) {
          const step = siteStep(config, state, event, crypto);
          state = step.state;
          for (const effect of step.effects) if (effect.kind === 'send') said.push(effect.message);
        }
        for (const kind of [
          'advertisement',
          'keyShares',
          'uploadCommitment',
          'confirmation',
          'unmaskAnswer',
          'modelSignature',
        ] as const) {
          const messages = said.filter((message) => message.kind === kind);
          assert.ok(
            messages.every((message) => isDeepStrictEqual(message, messages[0])),
            `${kind} is said once`,
          );
        }
        assert.deepEqual(bothSecretsRevealed(said.map((message): Packet => ({ kind: 'up', site, message }))), []);
        if (state.phase === 'closed') ended += 1;
      }),
      { numRuns: runs, seed: 4 },
    );
    assert.ok(ended > runs / 2, `only ${String(ended)} of ${String(runs)} runs came to an end`);
  });
});
