/**
 * The small steps that the phases of a site have in common: to do nothing, to say again what was said, to refuse.
 *
 * @module
 */
import { unreachable } from '../../util/unreachable.ts';
import { dealShares, maskingEffects, readyMessage, uploadEffects } from './answers.ts';
import type { Site } from './checks.ts';
import type { CoordinatorMessage, RefusalCode, SiteEffect, SiteState, SiteStep } from '../types.ts';

/** What the site waits for, asked or said again; nothing new is made. */
export function outstanding(site: Site, state: SiteState): readonly SiteEffect[] {
  switch (state.phase) {
    case 'ready':
      return [{ kind: 'send', message: readyMessage(site) }];
    case 'advertised':
      return [{ kind: 'send', message: state.advertisement }];
    case 'dealing':
      return [dealShares(site, state)];
    case 'dealt':
      return [{ kind: 'send', message: state.keyShares }];
    case 'masking':
      return maskingEffects(site, state);
    case 'uploading':
      return state.receipt === null ? uploadEffects(state.upload) : [];
    case 'confirmed':
      return [{ kind: 'send', message: state.confirmation }];
    case 'unmasked':
      return [{ kind: 'send', message: state.answer }];
    case 'folding':
      return [{ kind: 'applyAggregate', published: state.published }];
    case 'signed':
      return [{ kind: 'send', message: state.signature }];
    case 'rejected':
      return [{ kind: 'send', message: state.refusal }];
    case 'closed':
      return [{ kind: 'eraseSecrets' }, { kind: 'roundEnded', closed: state.closed }];
    case 'training':
      return [];
    default:
      return unreachable(state);
  }
}

/** Nothing happens. */
export function stay(state: SiteState): SiteStep {
  return { state, effects: [] };
}

/** A repeat gets the first answer. */
export function again(site: Site, state: SiteState): SiteStep {
  return { state, effects: outstanding(site, state) };
}

/** A step, with these effects before its own. */
export function after(effects: readonly SiteEffect[], step: SiteStep): SiteStep {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

/** Refusals that prove nothing against the coordinator: a late or early message, another plan, another model. */
const blameless: ReadonlySet<RefusalCode> = new Set([
  'wrongPhase',
  'wrongRound',
  'stale',
  'planNotApproved',
  'modelMismatch',
]);

/** Says no to the coordinator and keeps its message; it is at fault unless the code says otherwise. */
export function refuse(state: SiteState, evidence: CoordinatorMessage, code: RefusalCode): SiteStep {
  const culprits = blameless.has(code) ? [] : ['coordinator'];
  return { state, effects: [{ kind: 'refuse', code, culprits, evidence }] };
}
