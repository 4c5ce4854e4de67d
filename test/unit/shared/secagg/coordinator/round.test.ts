import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { signSiteMessage } from '#shared/secagg/site/message';
import type {
  CoordinatorDeadline,
  CoordinatorEvent,
  CoordinatorState,
  CoordinatorStep,
  SiteMessage,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { signedAnew } from '../../../../support/byzantine.ts';
import { answerOf, honestRound, specTable } from '../../../../support/phase-cells.ts';
import type { HonestRound } from '../../../../support/phase-cells.ts';
import { bytesOf, siteId } from '../../../../support/secrets.ts';
import { identitySeed } from '../../../../support/study.ts';

type Phase = CoordinatorState['phase'];
type In<P extends Phase> = Extract<CoordinatorState, { phase: P }>;

let round: HonestRound;

before(async () => {
  round = await honestRound();
});

function step(state: CoordinatorState, event: CoordinatorEvent): CoordinatorStep {
  return coordinatorStep(round.plan.coordinator, state, event, crypto);
}
function stateIn<P extends Phase>(phase: P): In<P> {
  return round.coordinatorStates.get(phase) as In<P>; // kept by phase
}
function from(site: SiteId, message: SiteMessage): CoordinatorEvent {
  return { kind: 'received', from: site, message };
}
function honest<K extends SiteMessage['kind']>(kind: K): Extract<SiteMessage, { kind: K }> {
  const event = round.coordinatorEvents.get(kind);
  assert.ok(event?.kind === 'received');
  return event.message as Extract<SiteMessage, { kind: K }>; // kept by kind
}
function codes({ effects }: CoordinatorStep): readonly unknown[] {
  return effects.map((effect) => (effect.kind === 'refuse' ? effect.code : effect.kind));
}
function sentTo(site: SiteId, { effects }: CoordinatorStep): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'send' && effect.to === site ? [effect.message.kind] : []));
}
/** A report against `dealers`, by a site of the round's only attempt. */
function reportBy(site: SiteId, dealers: readonly SiteId[]): SiteMessage {
  const { context, transcript } = stateIn('maskedInput');
  const unsigned = { kind: 'badShareReport', site, transcript, dealers } as const;
  return signSiteMessage(crypto, identitySeed(site), context, unsigned);
}

/** Events that an honest round does not hold, or holds for one phase only. */
function eventFor(phase: string, name: string): CoordinatorEvent {
  const { site, plan } = round;
  switch (name) {
    case 'refusal':
      return from(site, { kind: 'refusal', site, round: 1, code: 'planNotApproved' });
    case 'badShareReport':
      return from(site, reportBy(site, [plan.names[1]!]));
    case 'deadline': {
      const timed = !['idle', 'combining', 'summing', 'closed'].includes(phase);
      return { kind: 'deadline', attempt: 0, phase: timed ? (phase as CoordinatorDeadline) : 'unmask' };
    }
    case 'connected':
      return { kind: 'connected', site };
    case 'restarted':
    case 'cancelled':
      return { kind: name };
    default:
      return round.coordinatorEvents.get(name)!;
  }
}

function answer(phase: string, name: string): string {
  const first = round.coordinatorStates.get(phase as Phase)!;
  const announced = phase === 'maskedInput' && name === 'uploadCompleted';
  const state = announced ? step(first, from(round.site, honest('uploadCommitment'))).state : first;
  return answerOf(state, step(state, eventFor(phase, name)));
}

describe('the coordinator’s answer to each message in each phase', () => {
  for (const { row: phase, column: name, answer: expected } of specTable('coordinator')) {
    it(`in ${phase}, to ${name}: ${expected}`, () => {
      assert.equal(answer(phase, name), expected);
    });
  }
  for (const { row: name, column: phase, answer: expected } of specTable('coordinator event')) {
    it(`in ${phase}, to the event ${name}: ${expected}`, () => {
      assert.equal(answer(phase, name), expected);
    });
  }
});

describe('a second message of a site that differs', () => {
  const remembered: readonly (readonly [SiteMessage['kind'], readonly Phase[]])[] = [
    ['advertisement', ['shareKeys', 'maskedInput', 'confirmSurvivors', 'unmask', 'combining', 'summing']],
    ['keyShares', ['maskedInput', 'confirmSurvivors', 'unmask', 'combining', 'summing']],
    ['uploadCommitment', ['confirmSurvivors', 'unmask', 'combining', 'summing']],
    ['confirmation', ['unmask', 'combining', 'summing']],
    ['unmaskAnswer', ['combining', 'summing']],
  ];
  const changed: Readonly<Record<string, () => SiteMessage>> = {
    advertisement: () => signedAnew(honest('advertisement'), { selfMaskCommitment: bytesOf('other') }),
    keyShares: () => signedAnew(honest('keyShares'), { shares: [] }),
    uploadCommitment: () => signedAnew(honest('uploadCommitment'), { commitment: bytesOf('other') }),
    confirmation: () => signedAnew(honest('confirmation'), { confirmation: bytesOf('other') }),
    unmaskAnswer: () => signedAnew(honest('unmaskAnswer'), { shares: [] }),
  };

  for (const [kind, phases] of remembered) {
    it(`is refused for ${kind} in every phase that remembers the first, and the site is named`, () => {
      for (const phase of phases) {
        const message = changed[kind]!();
        const { state, effects } = step(stateIn(phase), from(round.site, message));
        assert.deepEqual(
          effects,
          [{ kind: 'refuse', to: round.site, code: 'secondMessage', evidence: message }],
          phase,
        );
        assert.deepEqual('culprits' in state && state.culprits, [round.site]);
      }
    });
  }

  it('is refused for a report and a model signature, and the first one stays', () => {
    const [, other, third] = round.plan.names;
    const reported = step(stateIn('maskedInput'), from(round.site, reportBy(round.site, [other!]))).state;
    assert.deepEqual(codes(step(reported, from(round.site, reportBy(round.site, [third!])))), ['secondMessage']);
    assert.deepEqual(codes(step(reported, from(round.site, reportBy(round.site, [other!])))), ['send']);
    const signed = step(stateIn('modelSignatures'), from(round.site, honest('modelSignature'))).state;
    const second = signedAnew(honest('modelSignature'), { modelHash: bytesOf('other') });
    assert.deepEqual(codes(step(signed, from(round.site, second))), ['secondMessage']);
  });
});

describe('what the coordinator takes of nobody', () => {
  const signedKinds = [
    'advertisement',
    'keyShares',
    'uploadCommitment',
    'confirmation',
    'unmaskAnswer',
    'modelSignature',
  ] as const;

  it('is a message of a site outside the cohort, in any phase', () => {
    const stranger = siteId('stranger');
    for (const state of round.coordinatorStates.values()) {
      for (const kind of signedKinds) {
        const result = step(state, from(stranger, { ...honest(kind), site: stranger }));
        assert.deepEqual([codes(result), result.state], [['notInCohort'], state]);
      }
      assert.deepEqual(step(state, { kind: 'connected', site: stranger }), { state, effects: [] });
    }
  });

  it('is a message with another’s name, a forged signature or another context', () => {
    for (const phase of [
      'advertiseKeys',
      'shareKeys',
      'maskedInput',
      'confirmSurvivors',
      'unmask',
      'modelSignatures',
    ] as const) {
      const state = stateIn(phase);
      for (const kind of signedKinds) {
        const message = honest(kind);
        const other = round.plan.names[1]!;
        assert.deepEqual(codes(step(state, from(other, message))), ['badSignature'], `${phase} ${kind}`);
        const forged = { ...message, signature: new Uint8Array(64) };
        assert.deepEqual(codes(step(state, from(round.site, forged))), ['badSignature'], `${phase} ${kind}`);
        const elsewhere = signedAnew(message, { context: bytesOf('another context') });
        const result = step(state, from(round.site, elsewhere));
        assert.deepEqual([codes(result), result.state], [['contextMismatch'], state], `${phase} ${kind}`);
      }
    }
  });

  it('is a word about another round', () => {
    const { site } = round;
    const state = stateIn('training');
    assert.deepEqual(codes(step(state, from(site, { kind: 'ready', site, round: 2 }))), ['wrongRound']);
    const refusal = { kind: 'refusal', site, round: 2, code: 'stale' } as const;
    assert.deepEqual(codes(step(state, from(site, refusal))), ['wrongRound']);
  });

  it('is a message that its phase’s rule forbids', () => {
    const cases: readonly (readonly [Phase, SiteMessage, string])[] = [
      ['advertiseKeys', signedAnew(honest('advertisement'), { maskPublicKey: new Uint8Array(32) }), 'smallOrderPoint'],
      ['shareKeys', signedAnew(honest('keyShares'), { transcript: bytesOf('other') }), 'transcriptMismatch'],
      ['shareKeys', signedAnew(honest('keyShares'), { shares: honest('keyShares').shares.slice(1) }), 'notASubset'],
      ['maskedInput', signedAnew(honest('uploadCommitment'), { commitment: bytesOf('other') }), 'transcriptMismatch'],
      ['maskedInput', reportBy(round.site, [siteId('nobody')]), 'notASubset'],
      ['maskedInput', reportBy(round.site, [round.plan.names[1]!, round.plan.names[1]!]), 'duplicateSite'],
      [
        'confirmSurvivors',
        signedAnew(honest('confirmation'), { confirmation: bytesOf('other') }),
        'transcriptMismatch',
      ],
      ['unmask', signedAnew(honest('unmaskAnswer'), { confirmationHash: bytesOf('other') }), 'transcriptMismatch'],
    ];
    for (const [phase, message, code] of cases) {
      const result = step(stateIn(phase), from(round.site, message));
      assert.deepEqual(codes(result), [code], phase);
      assert.deepEqual('culprits' in result.state && result.state.culprits, [round.site]);
    }
  });

  it('is a deadline of another phase or attempt', () => {
    for (const [phase, state] of round.coordinatorStates) {
      for (const other of ['training', 'advertiseKeys', 'unmask', 'modelSignatures'] as const) {
        if (other !== phase)
          assert.deepEqual(step(state, { kind: 'deadline', attempt: 0, phase: other }), { state, effects: [] });
        assert.deepEqual(step(state, { kind: 'deadline', attempt: 5, phase: other }), { state, effects: [] });
      }
    }
  });
});

describe('who is waited for', () => {
  function opened(): CoordinatorState {
    return step(initialCoordinatorState(), { kind: 'opened' }).state;
  }
  function says(state: CoordinatorState, site: SiteId, kind: 'ready' | 'refusal'): CoordinatorStep {
    const said =
      kind === 'ready' ? { kind, site, round: 1 } : { kind, site, round: 1, code: 'planNotApproved' as const };
    return step(state, from(site, said));
  }

  it('is not a site that refuses the round: the attempt opens without it', () => {
    const [a, b, c, d] = round.plan.names;
    let { state } = says(opened(), d!, 'refusal');
    state = says(state, a!, 'ready').state;
    state = says(state, b!, 'ready').state;
    const last = says(state, c!, 'ready');
    assert.equal(last.state.phase, 'advertiseKeys');
    assert.deepEqual(sentTo(d!, last), []);
    assert.deepEqual(sentTo(a!, last), ['attemptOpened']);
  });

  it('is again a site that refused and is ready after all', () => {
    const [a, b, c, d] = round.plan.names;
    let { state } = says(opened(), d!, 'refusal');
    for (const site of [a, b, d, c]) state = says(state, site!, 'ready').state;
    assert.equal(state.phase === 'advertiseKeys' && state.ready.size, 4);
  });

  it('is nobody once fewer than the quorum are left: the round fails', () => {
    const [a, b] = round.plan.names;
    const one = says(opened(), a!, 'refusal').state;
    const two = says(one, b!, 'refusal').state;
    assert.equal(two.phase === 'closed' && two.closed.outcome, 'belowQuorum');
  });

  it('is a site that becomes ready while an attempt collects its keys', () => {
    const [a, b, c, d] = round.plan.names;
    let state = opened();
    for (const site of [a, b, c]) state = says(state, site!, 'ready').state;
    state = step(state, { kind: 'deadline', attempt: 0, phase: 'training' }).state;
    const late = says(state, d!, 'ready');
    assert.deepEqual(sentTo(d!, late), ['attemptOpened']);
    assert.deepEqual(sentTo(d!, says(late.state, d!, 'ready')), ['attemptOpened']);
  });

  it('is not asked for more than it owes when it connects', () => {
    const connected = (phase: Phase): readonly string[] =>
      sentTo(round.site, step(stateIn(phase), { kind: 'connected', site: round.site }));
    assert.deepEqual(connected('training'), ['roundOpened']);
    assert.deepEqual(connected('advertiseKeys'), ['roundOpened', 'attemptOpened']);
    assert.deepEqual(connected('shareKeys'), ['roundOpened', 'advertisements']);
    assert.deepEqual(connected('maskedInput'), ['roundOpened', 'routedShares']);
    assert.deepEqual(connected('confirmSurvivors'), ['roundOpened', 'confirmRequest']);
    assert.deepEqual(connected('unmask'), ['roundOpened', 'unmaskRequest']);
    assert.deepEqual(connected('combining'), ['roundOpened']);
    assert.deepEqual(connected('modelSignatures'), ['roundOpened', 'aggregatePublished']);
    assert.deepEqual(connected('closed'), ['roundOpened', 'aggregatePublished', 'roundClosed']);
  });
});

describe('what a restarted coordinator asks for', () => {
  it('is the deadline of its phase, or the work that was interrupted', () => {
    const asked = (phase: Phase): readonly unknown[] => codes(step(stateIn(phase), { kind: 'restarted' }));
    for (const phase of [
      'training',
      'advertiseKeys',
      'shareKeys',
      'maskedInput',
      'confirmSurvivors',
      'unmask',
      'modelSignatures',
    ] as const) {
      assert.deepEqual(asked(phase), ['startDeadline']);
    }
    assert.deepEqual(asked('combining'), ['combineShares']);
    assert.deepEqual(asked('summing'), ['sumUploads']);
    assert.deepEqual(asked('closed'), ['roundEnded']);
    const announced = step(stateIn('maskedInput'), from(round.site, honest('uploadCommitment'))).state;
    assert.deepEqual(codes(step(announced, { kind: 'restarted' })), ['startDeadline', 'expectUpload']);
  });
});

describe('uploads', () => {
  function announced(): CoordinatorState {
    return step(stateIn('maskedInput'), from(round.site, honest('uploadCommitment'))).state;
  }
  function completed(commitment: Uint8Array): CoordinatorEvent {
    return { kind: 'uploadCompleted', from: round.site, commitment };
  }

  it('get one receipt, and the same one for a repeated commitment', () => {
    const first = step(announced(), completed(honest('uploadCommitment').commitment));
    assert.deepEqual(sentTo(round.site, first), ['receipt']);
    const again = step(first.state, from(round.site, honest('uploadCommitment')));
    assert.deepEqual(again.effects, first.effects);
  });

  it('are expected again when their commitment is repeated before they are complete', () => {
    assert.deepEqual(codes(step(announced(), from(round.site, honest('uploadCommitment')))), ['expectUpload']);
  });

  it('get no receipt for another commitment than was announced', () => {
    const state = announced();
    assert.deepEqual(step(state, completed(bytesOf('other'))), { state, effects: [] });
    const mismatched = { kind: 'uploadMismatched', from: round.site, commitment: bytesOf('other') } as const;
    assert.deepEqual(step(state, mismatched), { state, effects: [] });
  });

  it('that do not match what was committed to name their sender', () => {
    const { commitment } = honest('uploadCommitment');
    const result = step(announced(), { kind: 'uploadMismatched', from: round.site, commitment });
    assert.deepEqual(codes(result), ['commitmentMismatch']);
    assert.deepEqual('culprits' in result.state && result.state.culprits, [round.site]);
  });
});

describe('an attempt', () => {
  it('is not confirmed when too few hold a share of some secret, and the dealer is left out when more than f report it', () => {
    const [a, b, c, d] = round.plan.names;
    let state: CoordinatorState = stateIn('maskedInput');
    for (const site of [b, c, d]) state = step(state, from(site!, reportBy(site!, [a!]))).state;
    const next = step(state, { kind: 'deadline', attempt: 0, phase: 'maskedInput' });
    assert.equal(next.state.phase === 'advertiseKeys' && next.state.attempt, 1);
    assert.deepEqual('leftOut' in next.state && [...next.state.leftOut], [a]);
    assert.deepEqual('culprits' in next.state && next.state.culprits, [a]);
    assert.deepEqual(sentTo(a!, next), []);
    const uninvited = step(
      next.state,
      from(
        a!,
        signedAnew(honest('advertisement'), {
          context: 'context' in next.state ? next.state.context : bytesOf('none'),
        }),
      ),
    );
    assert.deepEqual(codes(uninvited), ['notInCohort']);
  });

  it('leaves nobody out whom no more than f report: the reporter may be the liar', () => {
    const [a, b] = round.plan.names;
    const state = step(stateIn('maskedInput'), from(b!, reportBy(b!, [a!]))).state;
    const next = step(state, { kind: 'deadline', attempt: 0, phase: 'maskedInput' });
    assert.deepEqual('leftOut' in next.state && [...next.state.leftOut], []);
    assert.deepEqual(sentTo(a!, next), ['attemptOpened']);
  });

  it('is the last one when the plan allows no other', () => {
    let state: CoordinatorState = stateIn('shareKeys');
    state = step(state, { kind: 'deadline', attempt: 0, phase: 'shareKeys' }).state;
    assert.equal(state.phase === 'advertiseKeys' && state.attempt, 1);
    const last = step(state, { kind: 'deadline', attempt: 1, phase: 'advertiseKeys' });
    assert.equal(last.state.phase === 'closed' && last.state.closed.outcome, 'belowQuorum');
    assert.deepEqual(sentTo(round.site, last), ['roundClosed']);
  });
});
