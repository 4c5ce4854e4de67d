/**
 * How a round ends: accepted, or failed with a reason, the culprits and the uploads gone. Source:
 * proto/spec/secure-sum.md, sections 3 and 5.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { byId } from '../context.ts';
import { sendAll } from './requests.ts';
import type { Coordinator } from './requests.ts';
import type {
  AggregatePublished,
  AttemptStanding,
  CoordinatorEffect,
  CoordinatorState,
  CoordinatorStep,
  FailureReason,
  ModelSignature,
  RoundClosed,
  RoutedStanding,
} from '../types.ts';
import type { In } from './narrowed.ts';

/** Ends the round with the model that at least t sites signed; sites that signed another are named. */
export function acceptRound(at: Coordinator, state: In<'modelSignatures'>, modelHash: Uint8Array): CoordinatorStep {
  const all = [...state.signatures.values()];
  const agrees = (entry: ModelSignature): boolean => equalBytes(entry.modelHash, modelHash);
  const closed: RoundClosed = {
    kind: 'roundClosed',
    round: at.config.binding.round,
    outcome: 'accepted',
    modelHash,
    signatures: all.filter(agrees),
    culprits: named(
      state.culprits,
      all.filter((entry) => !agrees(entry)).map(({ site }) => site),
    ),
  };
  return end(at, closed, state.published, []);
}

/** Ends the round without an aggregate; its uploads are deleted. */
export function fail(
  at: Coordinator,
  state: Exclude<CoordinatorState, In<'closed'>>,
  outcome: FailureReason,
  found: readonly SiteId[] = [],
): CoordinatorStep {
  const before = 'culprits' in state ? state.culprits : [];
  const reported = 'reports' in state ? badDealers(at, state) : [];
  const { round, modelHash } = at.config.binding;
  const culprits = named(before, [...found, ...reported]);
  const closed: RoundClosed = { kind: 'roundClosed', round, outcome, modelHash, signatures: [], culprits };
  return end(at, closed, null, deletions(state));
}

/** The same sites, and those of `found` that are not among them. */
export function named(culprits: readonly SiteId[], found: readonly SiteId[]): readonly SiteId[] {
  return [...new Set([...culprits, ...found])];
}

/** Dealers of U2 that more than f sites reported: at least one of these is honest. */
export function badDealers({ config }: Coordinator, { keyShares, reports }: RoutedStanding): readonly SiteId[] {
  const reported = (dealer: SiteId): number =>
    [...reports.values()].filter(({ dealers }) => dealers.includes(dealer)).length;
  return byId(keyShares.keys()).filter((dealer) => reported(dealer) > config.parameters.colluders);
}

function end(
  { config }: Coordinator,
  closed: RoundClosed,
  published: AggregatePublished | null,
  effects: readonly CoordinatorEffect[],
): CoordinatorStep {
  return {
    state: { phase: 'closed', closed, published },
    effects: [...effects, ...sendAll(config.binding.cohort, closed), { kind: 'roundEnded', closed }],
  };
}

/** Every upload of this attempt goes. */
export function deletions(state: CoordinatorState): readonly CoordinatorEffect[] {
  if (!('uploads' in state) || state.uploads.size === 0) return [];
  return [deleteUploads(state, byId(state.uploads.keys()))];
}

/** These uploads enter no sum. */
export function deleteUploads({ attempt }: Pick<AttemptStanding, 'attempt'>, of: readonly SiteId[]): CoordinatorEffect {
  return { kind: 'deleteUploads', attempt, of };
}
