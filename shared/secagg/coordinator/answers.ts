/**
 * The small steps that the phases of the coordinator have in common: to do nothing, to refuse, to note a message down.
 *
 * @module
 */
import type { SiteId } from '../../util/ids.ts';
import { named } from './ends.ts';
import type { SignedSiteMessage } from '../site/message.ts';
import type { CoordinatorEffect, CoordinatorState, CoordinatorStep, RefusalCode, SiteMessage } from '../types.ts';

/** The state, with these effects. */
export function stay(state: CoordinatorState, effects: readonly CoordinatorEffect[] = []): CoordinatorStep {
  return { state, effects };
}

/** The phase of this message is over, or has not begun. */
export function tooLate(state: CoordinatorState, message: SignedSiteMessage): CoordinatorStep {
  return refuse(state, message.site, 'wrongPhase', message);
}

/** Refusals that prove the sender at fault: a message that no correct site sends, by whom the connection names. */
const faults: ReadonlySet<RefusalCode> = new Set([
  'badSignature',
  'secondMessage',
  'duplicateSite',
  'duplicateKey',
  'smallOrderPoint',
  'notASubset',
  'transcriptMismatch',
  'commitmentMismatch',
  'badShare',
  'wrongLength',
]);

/** Says no to a site, keeps its message, and names it if the message alone proves it at fault. */
export function refuse(state: CoordinatorState, to: SiteId, code: RefusalCode, evidence: SiteMessage): CoordinatorStep {
  const effects: readonly CoordinatorEffect[] = [{ kind: 'refuse', to, code, evidence }];
  const names = faults.has(code) && 'culprits' in state && !state.culprits.includes(to);
  return { state: names ? { ...state, culprits: named(state.culprits, [to]) } : state, effects };
}

/** A copy with this message under its site. */
export function put<M extends { readonly site: SiteId }>(
  map: ReadonlyMap<SiteId, M>,
  message: M,
): ReadonlyMap<SiteId, M> {
  return new Map([...map, [message.site, message]]);
}

/** A copy without this site. */
export function without(set: ReadonlySet<SiteId>, site: SiteId): ReadonlySet<SiteId> {
  return new Set([...set].filter((other) => other !== site));
}
