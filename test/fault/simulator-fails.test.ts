import assert from 'node:assert/strict';
import { signSiteMessage } from '#shared/secagg/site/message';
import { siteStep } from '#shared/secagg/site/round';
import type { SiteEvent, SiteState, SiteStep } from '#shared/secagg/types';
import { runCampaign } from '../../scripts/simulate/campaign.ts';
import type { Flaws } from '../../scripts/simulate/federation.ts';
import type { Byzantine, Invariant } from '../../scripts/simulate/types.ts';

type Step = typeof siteStep;
type In<P extends SiteState['phase']> = Extract<SiteState, { phase: P }>;

/** The promise that the first failing seed of these breaks; `undefined` when none fails. */
async function brokenBy(flaws: Flaws, byzantine: Byzantine, seeds: number): Promise<Invariant | undefined> {
  const choice = { sites: 5, rounds: 2, seed: 1, byzantine, enrolled: 5, played: 2 } as const;
  const { failed } = await runCampaign({ choice, seeds, flaws, enough: 1, shrinkRuns: 0 });
  return failed[0]?.violation.invariant;
}

/** The machine of a site, believing in another threshold when it judges a message of this kind. */
function withThreshold(threshold: number, kind: string): Step {
  return (config, state, event, crypto) => {
    const judges = event.kind === 'received' && event.message.kind === kind;
    const parameters = judges ? { ...config.parameters, threshold } : config.parameters;
    return siteStep({ ...config, parameters }, state, event, crypto);
  };
}

/** The machine of a site, in this phase taken for another one when this event comes. */
function mistaking<P extends SiteState['phase']>(
  phase: P,
  isMistaken: (state: In<P>, event: SiteEvent) => boolean,
  as: (state: In<P>) => SiteState,
): Step {
  return (config, state, event, crypto) => {
    const mistaken = state.phase === phase && isMistaken(state as In<P>, event); // its phase was compared
    return siteStep(config, mistaken ? as(state as In<P>) : state, event, crypto);
  };
}

const answersBothShares: Step = (config, state, event, crypto): SiteStep => {
  const step = siteStep(config, state, event, crypto);
  if (step.state.phase !== 'unmasked' || state.phase === 'unmasked') return step;
  const { answer, held } = step.state;
  const other = { 'self-mask': 'mask-key', 'mask-key': 'self-mask' } as const;
  const shares = answer.shares.flatMap((share) => {
    const pair = held.get(share.of);
    const kind = other[share.kind];
    return pair === undefined ? [share] : [share, { of: share.of, kind, share: pair[kind] }];
  });
  const both = signSiteMessage(crypto, config.identitySeed, answer.context, { ...answer, shares });
  return { state: { ...step.state, answer: both }, effects: [{ kind: 'send', message: both }] };
};

describe('the simulator finds', () => {
  it('nothing where nothing is wrong', async () => {
    for (const byzantine of ['none', 'coordinator', 'site'] as const) {
      assert.equal(await brokenBy({}, byzantine, 15), undefined);
    }
  });

  it('a site that answers with both shares of a peer', async () => {
    assert.equal(await brokenBy({ site: { step: answersBothShares } }, 'none', 5), 'oneSecret');
  });

  it('a site that answers a second unmask request', async () => {
    const step = mistaking(
      'unmasked',
      (_, event) => event.kind === 'received' && event.message.kind === 'unmaskRequest',
      (state) => ({ ...state, phase: 'uploading', receipt: null }),
    );
    const flawed = withThresholdOver(step, 1, 'unmaskRequest');
    const broken = await brokenBy({ site: { step: flawed } }, 'coordinator', 60);
    assert.ok(broken === 'saidOnce' || broken === 'agreement', broken);
  });

  it('sites that unmask below the threshold', async () => {
    const step = withThreshold(1, 'unmaskRequest');
    const broken = await brokenBy({ site: { step } }, 'coordinator', 200);
    assert.ok(broken === 'agreement' || broken === 'connected', broken);
  });

  it('sites that accept a model which too few have signed', async () => {
    assert.equal(await brokenBy({ site: { step: withThreshold(0, 'roundClosed') } }, 'coordinator', 200), 'agreement');
  });

  it('a site that joins another attempt after it has confirmed', async () => {
    const step: Step = (config, state, event, crypto) => {
      const isNext = event.kind === 'attemptOpened' && 'confirmation' in state && event.attempt > state.attempt;
      return siteStep(config, isNext ? { phase: 'ready' } : state, event, crypto);
    };
    assert.equal(await brokenBy({ site: { step } }, 'coordinator', 200), 'saidOnce');
  });

  it('a driver that sends before it flushes', async () => {
    const broken = await brokenBy({ site: { sendsBeforeItFlushes: true } }, 'none', 20);
    assert.ok(broken === 'fold' || broken === 'saidOnce', broken);
  });

  it('a driver that never flushes', async () => {
    assert.equal(await brokenBy({ site: { neverFlushes: true } }, 'none', 20), 'fold');
  });

  it('a driver that keeps its secrets for another attempt', async () => {
    assert.equal(await brokenBy({ site: { keepsItsSecrets: true } }, 'none', 60), 'freshSeeds');
  });

  it('sites that leave their pairwise masks out', async () => {
    assert.equal(await brokenBy({ site: { masksWithoutPairs: true } }, 'none', 5), 'connected');
  });

  it('a coordinator that forgets a mask', async () => {
    const coordinatorCrypto: NonNullable<Flaws['coordinatorCrypto']> = (crypto) => {
      let count = 0;
      return {
        ...crypto,
        keystream: (key, firstWord) => {
          count += 1;
          return count % 7 === 3 ? { fill: (out) => out.fill(0) } : crypto.keystream(key, firstWord);
        },
      };
    };
    assert.equal(await brokenBy({ coordinatorCrypto }, 'none', 5), 'sum');
  });
});

/** A flawed machine that also believes in another threshold. */
function withThresholdOver(step: Step, threshold: number, kind: string): Step {
  return (config, state, event, crypto) => {
    const judges = event.kind === 'received' && event.message.kind === kind;
    const parameters = judges ? { ...config.parameters, threshold } : config.parameters;
    return step({ ...config, parameters }, state, event, crypto);
  };
}
