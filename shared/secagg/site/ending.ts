/**
 * The end of a round at a site: the aggregate is folded into the model, the model signed, and the round closed. Source:
 * proto/spec/secure-sum.md, section 3.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import { contextHash } from '../context.ts';
import { acceptedProblem, publishedProblem } from './checks.ts';
import type { Site } from './checks.ts';
import { signSiteMessage } from './message.ts';
import { sameSites } from './sets.ts';
import { after, again, refuse, stay } from './steps.ts';
import type {
  AggregatePublished,
  Refusal,
  RefusalCode,
  RoundClosed,
  SiteEffect,
  SiteState,
  SiteStep,
} from '../types.ts';

type In<P extends SiteState['phase']> = Extract<SiteState, { phase: P }>;

/** The aggregate is for every site of the cohort, also for one that trains still; one that confirmed expects its U3. */
export function aggregatePublished(site: Site, state: SiteState, message: AggregatePublished): SiteStep {
  if (state.phase === 'closed') return stay(state);
  if ('published' in state) {
    if (!samePublication(state.published, message)) return refuse(state, message, 'secondMessage');
    return state.phase === 'folding' ? stay(state) : again(site, state);
  }
  const problem = publishedProblem(site, message);
  if (problem !== undefined) return refuse(state, message, problem);
  if ('u3' in state && !(message.attempt === state.attempt && sameSites(message.u3, state.u3))) {
    return refuse(state, message, 'secondMessage');
  }
  const context = contextHash(site.crypto, { ...site.config.binding, attempt: message.attempt });
  return {
    state: { phase: 'folding', published: message, context, closed: null },
    effects: [{ kind: 'applyAggregate', published: message }],
  };
}

function samePublication(a: AggregatePublished, b: AggregatePublished): boolean {
  return a.attempt === b.attempt && equalBytes(a.aggregateHash, b.aggregateHash) && sameSites(a.u3, b.u3);
}

/** The signature over the new model is also the vote for the round. */
export function modelFolded({ config, crypto }: Site, state: In<'folding'>, modelHash: Uint8Array): SiteStep {
  const { published, context, closed } = state;
  const unsigned = { kind: 'modelSignature', site: config.site, modelHash } as const;
  const signature = signSiteMessage(crypto, config.identitySeed, context, unsigned);
  const signed: In<'signed'> = { phase: 'signed', published, context, signature };
  const said: SiteEffect = { kind: 'send', message: signature };
  return closed === null ? { state: signed, effects: [said] } : after([said], endAccepted(signed, closed));
}

/** The aggregate is not fit to apply: the site says why, and that is its vote. */
export function aggregateRefused({ config }: Site, state: In<'folding'>, code: RefusalCode): SiteStep {
  const { published, context, closed } = state;
  const refusal: Refusal = { kind: 'refusal', site: config.site, round: config.binding.round, code };
  const rejected: In<'rejected'> = { phase: 'rejected', published, context, refusal };
  const said: SiteEffect = { kind: 'send', message: refusal };
  return closed === null ? { state: rejected, effects: [said] } : after([said], endAccepted(rejected, closed));
}

/** Accepted with the signatures of at least t sites, or failed with the old model. */
export function roundClosed(site: Site, state: SiteState, message: RoundClosed): SiteStep {
  if (state.phase === 'closed') return closedTwice(state, message);
  if (message.outcome !== 'accepted') {
    const same = equalBytes(message.modelHash, site.config.binding.modelHash);
    return same ? end(message) : refuse(state, message, 'modelMismatch');
  }
  if (!('published' in state)) return refuse(state, message, 'wrongPhase');
  const problem = acceptedProblem(site, state, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return state.phase === 'folding' ? stay({ ...state, closed: message }) : endAccepted(state, message);
}

/** A site that came to another model, or to none, says so: it cannot go on from the model that the others signed. */
function endAccepted(state: In<'signed' | 'rejected'>, closed: RoundClosed): SiteStep {
  const agrees = state.phase === 'signed' && equalBytes(state.signature.modelHash, closed.modelHash);
  return agrees ? end(closed) : after(refuse(state, closed, 'modelMismatch').effects, end(closed));
}

function closedTwice(state: In<'closed'>, message: RoundClosed): SiteStep {
  const { outcome, modelHash } = state.closed;
  const same = outcome === message.outcome && equalBytes(modelHash, message.modelHash);
  return same ? stay(state) : refuse(state, message, 'secondMessage');
}

function end(closed: RoundClosed): SiteStep {
  return { state: { phase: 'closed', closed }, effects: [{ kind: 'eraseSecrets' }, { kind: 'roundEnded', closed }] };
}
