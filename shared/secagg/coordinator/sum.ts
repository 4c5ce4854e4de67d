/**
 * From the shares that were answered to the published aggregate. Source: proto/spec/secure-sum.md, section 5, phase 4 and
 * "Reconstruction".
 *
 * @module
 */
import type { SiteId } from '../../util/ids.ts';
import { startDeadline } from './closings.ts';
import { byId } from '../context.ts';
import { fail } from './ends.ts';
import { sendAll } from './requests.ts';
import type { Coordinator } from './requests.ts';
import { answeredShares, masksOnSum, mayHaveEnoughShares, secretsToRebuild } from './reconstruct.ts';
import { checkCombined, matchShares } from '../recover.ts';
import type { AggregatePublished, CombineRequest, CoordinatorEffect, CoordinatorStep } from '../types.ts';
import type { In } from './narrowed.ts';

/**
 * Combines as soon as every secret has enough shares that are as dealt; `undefined` while one has too few. A dealer whose
 * own shares cannot be combined is named.
 */
export function closeUnmask(at: Coordinator, state: In<'unmask'>): CoordinatorStep | undefined {
  if (!mayHaveEnoughShares(state)) return undefined;
  const secrets = secretsToRebuild(state);
  const matched = secrets.map((secret) => ({
    secret,
    ...matchShares(at.crypto, secret, answeredShares(state, secret)),
  }));
  const requests: CombineRequest[] = [];
  const dealers: SiteId[] = [];
  for (const { secret, ...found } of matched) {
    const { dealer, kind } = secret;
    if (found.kind === 'matched') requests.push({ dealer, kind, shares: found.shares });
    else if (found.code === 'tooFewShares') return undefined;
    else dealers.push(dealer);
  }
  if (dealers.length > 0) return fail(at, state, 'badDealer', dealers);
  return { state: { ...state, phase: 'combining', requests }, effects: [{ kind: 'combineShares', requests }] };
}

/** > The coordinator rebuilds b_j (checked against H(b_j)) and s_sk_j (its public key is s_pk_j), or names the dealer. */
export function takeOffMasks(
  at: Coordinator,
  state: In<'combining'>,
  combined: readonly (Uint8Array | null)[],
): CoordinatorStep {
  const { requests, ...standing } = state;
  const secrets = secretsToRebuild(state);
  const checked = secrets.map((secret, i) => checkCombined(at.crypto, secret, [], combined[i] ?? null));
  const dealers = checked.flatMap((result) => (result.kind === 'failed' ? result.culprits : []));
  if (dealers.length > 0) return fail(at, state, 'badDealer', dealers);
  const rebuilt = requests.flatMap(({ dealer, kind }, i) => {
    const result = checked[i]!; // one request for each secret, in one order
    return result.kind === 'recovered' ? [{ dealer, kind, secret: result.secret }] : [];
  });
  const masks = masksOnSum(at.crypto, standing, rebuilt);
  const next: In<'summing'> = { ...standing, phase: 'summing', masks };
  return { state: next, effects: [sumUploads(next)] };
}

/** The uploads of U3, and the masks that are on their sum. */
export function sumUploads({ uploads, attempt, masks }: In<'summing'>): CoordinatorEffect {
  return { kind: 'sumUploads', u3: byId(uploads.keys()), attempt, masks };
}

/** > Publishes the aggregate, to every site of the cohort. */
export function publish(
  { config }: Coordinator,
  state: In<'summing'>,
  { aggregateHash, byteLength }: Pick<AggregatePublished, 'aggregateHash' | 'byteLength'>,
): CoordinatorStep {
  const { ready, refused, leftOut, culprits, context, attempt } = state;
  const { round, cohort } = config.binding;
  const u3 = byId(state.uploads.keys());
  const published: AggregatePublished = { kind: 'aggregatePublished', round, attempt, u3, aggregateHash, byteLength };
  const votes = { signatures: new Map(), against: new Set<SiteId>() };
  return {
    state: { phase: 'modelSignatures', ready, refused, leftOut, culprits, context, published, ...votes },
    effects: [...sendAll(cohort, published), startDeadline('modelSignatures', attempt)],
  };
}
