/**
 * Who takes part in a round, and what the sites make of its aggregate. Source: proto/spec/secure-sum.md, section 3.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { openAttempt } from './closings.ts';
import { put, refuse, stay, tooLate, without } from './answers.ts';
import { acceptRound, fail } from './ends.ts';
import { attemptOpened, sendAll, sendRequest } from './requests.ts';
import type { Coordinator } from './requests.ts';
import type { CohortStanding, CoordinatorState, CoordinatorStep, ModelSignature } from '../types.ts';
import type { In } from './narrowed.ts';

/** Training is done at this site: it is asked for keys in the attempt that opens next, or is open already. */
export function siteReady(at: Coordinator, state: CoordinatorState, site: SiteId): CoordinatorStep {
  switch (state.phase) {
    case 'training':
      return startWhenReady(at, { ...state, ...nowReady(state, site) });
    case 'advertiseKeys':
      if (state.ready.has(site)) return { state, effects: sendRequest(at, state, site) };
      return stay({ ...state, ...nowReady(state, site) }, sendAll([site], attemptOpened(at, state)));
    case 'shareKeys':
    case 'maskedInput':
      return stay({ ...state, ...nowReady(state, site) });
    case 'confirmSurvivors':
    case 'unmask':
    case 'combining':
    case 'summing':
      return stay(state);
    case 'modelSignatures':
    case 'closed':
      return { state, effects: sendRequest(at, state, site) };
    case 'idle':
      return stay(state);
    default:
      return unreachable(state);
  }
}

function nowReady({ ready, refused }: CohortStanding, site: SiteId): Pick<CohortStanding, 'ready' | 'refused'> {
  return { ready: new Set([...ready, site]), refused: without(refused, site) };
}

/** A refusal counts where a site can decline: the round itself, and its aggregate. Elsewhere the deadline decides. */
export function siteRefuses(at: Coordinator, state: CoordinatorState, site: SiteId): CoordinatorStep {
  if (state.phase === 'training') {
    const refused = new Set([...state.refused, site]);
    return startWhenReady(at, { ...state, refused, ready: without(state.ready, site) });
  }
  if (state.phase !== 'modelSignatures' || state.signatures.has(site)) return stay(state);
  return countVotes(at, { ...state, against: new Set([...state.against, site]) });
}

/** The first attempt opens when everybody who does not refuse is ready; below quorum nothing is waited for. */
function startWhenReady(at: Coordinator, state: In<'training'>): CoordinatorStep {
  const expected = at.config.binding.cohort.filter((site) => !state.refused.has(site));
  if (expected.length < at.config.parameters.quorum) return fail(at, state, 'belowQuorum');
  return expected.every((site) => state.ready.has(site)) ? openAttempt(at, state, 0) : stay(state);
}

/** A site's vote: the hash of the model that it folded. */
export function modelSignature(at: Coordinator, state: CoordinatorState, message: ModelSignature): CoordinatorStep {
  if (state.phase === 'closed') return lateSignature(state, message);
  if (state.phase !== 'modelSignatures') return tooLate(state, message);
  return countVotes(at, {
    ...state,
    signatures: put(state.signatures, message),
    against: without(state.against, message.site),
  });
}

/** The round is over; that a site came to another model is still worth knowing. */
function lateSignature(state: In<'closed'>, message: ModelSignature): CoordinatorStep {
  const agrees = equalBytes(message.modelHash, state.closed.modelHash);
  return agrees ? stay(state) : refuse(state, message.site, 'modelMismatch', message);
}

/** Accepted with the model that t sites signed; voted down when everybody has spoken and no model has that many. */
function countVotes(at: Coordinator, state: In<'modelSignatures'>): CoordinatorStep {
  const { threshold } = at.config.parameters;
  const all = [...state.signatures.values()];
  const votesFor = (modelHash: Uint8Array): number =>
    all.filter((entry) => equalBytes(entry.modelHash, modelHash)).length;
  const chosen = all.find(({ modelHash }) => votesFor(modelHash) >= threshold);
  if (chosen !== undefined) return acceptRound(at, state, chosen.modelHash);
  const spoken = all.length + state.against.size;
  return spoken >= at.config.binding.cohort.length ? fail(at, state, 'votedDown') : stay(state);
}
