import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { openRound } from '#shared/secagg/round-opened';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type { CoordinatorMessage, SiteEvent, SiteState } from '#shared/secagg/types';
import { closingAnew, unmaskRequestFor } from '../../../../support/byzantine.ts';
import { answerOf, honestRound, specTable } from '../../../../support/phase-cells.ts';
import type { HonestRound } from '../../../../support/phase-cells.ts';
import { bytesOf } from '../../../../support/secrets.ts';
import { study } from '../../../../support/study.ts';

type Received = Extract<SiteEvent, { kind: 'received' }>;
type ToSite = Received['message'];

/** Events that an honest round of four sites does not hold. */
const further: Readonly<Record<string, SiteEvent>> = {
  messageRefused: { kind: 'received', message: { kind: 'messageRefused', round: 1, code: 'wrongPhase' } },
  reconnected: { kind: 'reconnected' },
  aggregateRefused: { kind: 'aggregateRefused', code: 'aggregateOutOfRange' },
};

describe('a site’s answer to each message in each phase', () => {
  let round: HonestRound;

  before(async () => {
    round = await honestRound();
  });

  function answer(phase: string, name: string): string {
    const state = round.siteStates.get(phase as SiteState['phase']);
    const event = further[name] ?? round.siteEvents.get(name);
    assert.ok(state !== undefined && event !== undefined, `the honest round has ${phase} and ${name}`);
    return answerOf(state, siteStep(round.plan.siteConfig(round.site), state, event, crypto));
  }

  for (const { row: phase, column: name, answer: expected } of specTable('site')) {
    it(`in ${phase}, to ${name}: ${expected}`, () => {
      assert.equal(answer(phase, name), expected);
    });
  }

  for (const { row: name, column: phase, answer: expected } of specTable('site event')) {
    it(`in ${phase}, to the event ${name}: ${expected}`, () => {
      assert.equal(answer(phase, name), expected);
    });
  }
});

describe('a second message that differs', () => {
  let round: HonestRound;

  before(async () => {
    round = await honestRound();
  });

  function message<K extends CoordinatorMessage['kind']>(kind: K): Extract<CoordinatorMessage, { kind: K }> {
    const event = round.siteEvents.get(kind) as Received;
    return event.message as Extract<CoordinatorMessage, { kind: K }>; // events are kept by the kind of their message
  }

  /** Refused in every phase in which the first was taken, with the message as evidence and the state as it was. */
  function expectRefused(phases: readonly SiteState['phase'][], second: ToSite, code: string): void {
    for (const phase of phases) {
      const state = round.siteStates.get(phase)!;
      const config = round.plan.siteConfig(round.site);
      const step = siteStep(config, state, { kind: 'received', message: second }, crypto);
      assert.deepEqual(step.effects, [{ kind: 'refuse', code, culprits: ['coordinator'], evidence: second }], phase);
      assert.equal(step.state, state);
    }
  }

  it('opening the round for another cohort is refused', () => {
    const { coordinator, names } = round.plan;
    const binding = { ...coordinator.binding, cohort: names.slice(0, 3) };
    expectRefused([...round.siteStates.keys()], openRound({ ...coordinator, binding }, crypto), 'secondMessage');
  });

  it('closing U1 over another transcript or other sites is refused', () => {
    const first = message('advertisements');
    const phases = ['dealing', 'dealt', 'masking', 'uploading', 'confirmed', 'unmasked'] as const;
    for (const change of [{ transcript: bytesOf('T') }, { sites: first.closing.sites.slice(1) }]) {
      expectRefused(phases, { ...first, closing: closingAnew(first.closing, change) }, 'secondMessage');
    }
  });

  it('closing U2 over other sites is refused', () => {
    const first = message('routedShares');
    const closing = closingAnew(first.closing, { sites: first.closing.sites.slice(1) });
    expectRefused(['masking', 'uploading', 'confirmed', 'unmasked'], { ...first, closing }, 'secondMessage');
  });

  it('asking to confirm another U3 is refused', () => {
    const first = message('confirmRequest');
    const commitments = first.commitments.slice(0, 3);
    const closing = closingAnew(first.closing, { sites: commitments.map(({ site }) => site) });
    expectRefused(['confirmed', 'unmasked'], { ...first, closing, commitments }, 'alreadyConfirmed');
    const another = closingAnew(first.closing, { context: bytesOf('another attempt') });
    expectRefused(['confirmed', 'unmasked'], { ...first, closing: another }, 'alreadyConfirmed');
    expectRefused(['confirmed'], { ...first, closing: { ...closing, signature: new Uint8Array(64) } }, 'badSignature');
  });

  it('asking to unmask another U3 is refused', () => {
    const first = message('unmaskRequest');
    const { transcript } = message('confirmRequest').closing;
    const { names } = round.plan;
    const second = unmaskRequestFor(first, transcript, names, first.commitments.slice(0, 3), names);
    expectRefused(['confirmed'], second, 'alreadyConfirmed');
    expectRefused(['unmasked'], second, 'alreadyUnmasked');
    const elsewhere = { ...first, context: bytesOf('another attempt') };
    const signed = unmaskRequestFor(elsewhere, transcript, names, first.commitments, names);
    expectRefused(['confirmed'], signed, 'alreadyConfirmed');
    expectRefused(['uploading'], signed, 'contextMismatch');
  });

  it('publishing another aggregate is refused', () => {
    const first = message('aggregatePublished');
    const second = { ...first, aggregateHash: bytesOf('another') };
    expectRefused(['folding', 'signed', 'rejected'], second, 'secondMessage');
  });

  it('closing the round with another outcome is refused', () => {
    const first = message('roundClosed');
    expectRefused(['closed'], { ...first, modelHash: bytesOf('another') }, 'secondMessage');
    expectRefused(['closed'], { ...first, outcome: 'cancelled' }, 'secondMessage');
  });
});

describe('a site in one round', () => {
  let round: HonestRound;

  before(async () => {
    round = await honestRound();
  });

  function receive(state: SiteState, message: ToSite): ReturnType<typeof siteStep> {
    return siteStep(round.plan.siteConfig(round.site), state, { kind: 'received', message }, crypto);
  }
  function sent(kind: string): ToSite {
    return (round.siteEvents.get(kind) as Received).message;
  }
  function codes(step: ReturnType<typeof siteStep>): readonly unknown[] {
    return step.effects.map((effect) => (effect.kind === 'refuse' ? effect.code : effect.kind));
  }

  it('refuses every message of another round', () => {
    for (const state of round.siteStates.values()) {
      for (const kind of ['roundOpened', 'advertisements', 'confirmRequest', 'unmaskRequest', 'roundClosed']) {
        const step = receive(state, { ...sent(kind), round: 2 });
        assert.deepEqual(codes(step), ['wrongRound']);
        assert.equal(step.state, state);
      }
    }
  });

  it('takes a higher attempt with fresh keys until it has confirmed, and calls a lower one stale', () => {
    const config = round.plan.siteConfig(round.site);
    const secrets = { maskPrivateKey: bytesOf('s'), channelPrivateKey: bytesOf('c'), selfMaskSeed: bytesOf('b') };
    for (const phase of ['advertised', 'dealing', 'dealt', 'masking', 'uploading'] as const) {
      const state = round.siteStates.get(phase)!;
      const { state: next } = siteStep(config, state, { kind: 'attemptOpened', attempt: 2, secrets }, crypto);
      assert.equal(next.phase === 'advertised' && next.attempt, 2);
      const late = siteStep(config, next, { kind: 'attemptOpened', attempt: 1, secrets }, crypto);
      assert.deepEqual(codes(late), ['stale']);
    }
  });

  it('ignores shares and uploads of an attempt that is over', () => {
    const config = round.plan.siteConfig(round.site);
    for (const [phase, name] of [
      ['dealing', 'sharesDealt'],
      ['masking', 'uploadPrepared'],
    ] as const) {
      const state = round.siteStates.get(phase)!;
      const event = { ...round.siteEvents.get(name)!, attempt: 7 } as SiteEvent; // both carry their attempt
      assert.deepEqual(siteStep(config, state, event, crypto), { state, effects: [] });
    }
  });

  it('ends a failed round in every phase and erases its secrets', () => {
    const { modelHash } = round.plan.coordinator.binding;
    const closed = {
      kind: 'roundClosed',
      round: 1,
      outcome: 'belowQuorum',
      modelHash,
      signatures: [],
      culprits: [],
    } as const;
    for (const [phase, state] of round.siteStates) {
      if (phase === 'closed') continue;
      const step = receive(state, closed);
      assert.equal(step.state.phase, 'closed');
      assert.deepEqual(codes(step), ['eraseSecrets', 'roundEnded']);
      assert.deepEqual(codes(receive(state, { ...closed, modelHash: bytesOf('other') })), ['modelMismatch']);
    }
  });

  it('goes on from a model only with the signatures of t sites over it', () => {
    const closed = sent('roundClosed') as Extract<ToSite, { kind: 'roundClosed' }>;
    const state = round.siteStates.get('signed')!;
    const few = { ...closed, signatures: closed.signatures.slice(1) };
    assert.deepEqual(codes(receive(state, few)), ['tooFewConfirmations']);
    const twice = { ...closed, signatures: [...few.signatures, ...few.signatures] };
    assert.deepEqual(codes(receive(state, twice)), ['tooFewConfirmations']);
    assert.deepEqual(codes(receive(state, { ...closed, modelHash: bytesOf('other') })), ['tooFewConfirmations']);
  });

  it('ends the round when others agreed on another model than its own, and says so', () => {
    const closed = sent('roundClosed');
    const config = round.plan.siteConfig(round.site);
    const folding = round.siteStates.get('folding')!;
    const odd = siteStep(config, folding, { kind: 'modelFolded', modelHash: bytesOf('mine') }, crypto).state;
    const step = receive(odd, closed);
    assert.equal(step.state.phase, 'closed');
    assert.deepEqual(codes(step), ['modelMismatch', 'eraseSecrets', 'roundEnded']);
  });

  it('keeps a closing that comes while it folds, and ends with it', () => {
    const config = round.plan.siteConfig(round.site);
    const waiting = receive(round.siteStates.get('folding')!, sent('roundClosed')).state;
    const step = siteStep(config, waiting, round.siteEvents.get('modelFolded')!, crypto);
    assert.equal(step.state.phase, 'closed');
    assert.deepEqual(codes(step), ['send', 'eraseSecrets', 'roundEnded']);
    const refused = siteStep(config, waiting, further['aggregateRefused']!, crypto);
    assert.deepEqual(codes(refused), ['send', 'modelMismatch', 'eraseSecrets', 'roundEnded']);
  });

  it('refuses an aggregate of another length, below the quorum or with sites outside the cohort', () => {
    const published = sent('aggregatePublished') as Extract<ToSite, { kind: 'aggregatePublished' }>;
    const state = initialSiteState();
    assert.deepEqual(codes(receive(state, { ...published, byteLength: 4 })), ['wrongLength']);
    assert.deepEqual(codes(receive(state, { ...published, u3: published.u3.slice(0, 2) })), ['belowQuorum']);
    const outside = study({ count: 5 }).names;
    assert.deepEqual(codes(receive(state, { ...published, u3: outside })), ['notASubset']);
  });

  it('asks again for work that a crash interrupted, and for nothing twice', () => {
    const config = round.plan.siteConfig(round.site);
    const outstanding = (phase: SiteState['phase']): readonly unknown[] =>
      codes(siteStep(config, round.siteStates.get(phase)!, { kind: 'reconnected' }, crypto));
    assert.deepEqual(outstanding('dealing'), ['dealShares']);
    assert.deepEqual(outstanding('masking'), ['prepareUpload']);
    assert.deepEqual(outstanding('uploading'), ['send', 'uploadChunks']);
    assert.deepEqual(outstanding('folding'), ['applyAggregate']);
    assert.deepEqual(outstanding('closed'), ['eraseSecrets', 'roundEnded']);
  });
});
