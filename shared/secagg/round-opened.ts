/**
 * `roundOpened`, which fixes the cohort of a round: made by the coordinator, checked by every site against what it knows
 * itself. Its signature is under the ctx of attempt 0. Source: proto/spec/secure-sum.md, sections 2 and 5.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { equalBytes } from '../util/bytes.ts';
import { byId, contextHash, firstDuplicate } from './context.ts';
import { signMessage, verifyMessage } from './signed-message.ts';
import { sameSites } from './site/sets.ts';
import type { CoordinatorRoundConfig, RefusalCode, RoundOpened, SiteRoundConfig } from './types.ts';

/** The message that opens the round of this configuration: the same bytes every time. */
export function openRound(config: CoordinatorRoundConfig, crypto: Crypto): RoundOpened {
  const { planHash, rosterHash, round, cohort, modelHash, keyHash } = config.binding;
  const fields = { planHash, rosterHash, round, cohort: byId(cohort), modelHash, keyHash };
  const context = contextHash(crypto, { ...config.binding, attempt: 0 });
  const { signature } = signMessage(crypto, config.identitySeed, context, { type: 'roundOpened', ...fields });
  return { kind: 'roundOpened', ...fields, signature };
}

/**
 * Why a site refuses this opening, if it does. `config` holds the site's own plan, roster, model and data key; a site that sees a
 * round for the first time takes the round's number and cohort from the message, and keeps to them from then on.
 */
export function roundOpenedProblem(
  config: SiteRoundConfig,
  opened: RoundOpened,
  crypto: Crypto,
): RefusalCode | undefined {
  const { binding, identities, parameters, site } = config;
  const duplicate = firstDuplicate(opened.cohort);
  if (duplicate !== undefined) return 'duplicateSite';
  if (!isSignedByCoordinator(config, opened, crypto)) return 'badSignature';
  if (opened.round !== binding.round) return 'wrongRound';
  if (!equalBytes(opened.planHash, binding.planHash)) return 'planNotApproved';
  if (!equalBytes(opened.rosterHash, binding.rosterHash)) return 'contextMismatch';
  if (!equalBytes(opened.modelHash, binding.modelHash)) return 'modelMismatch';
  if (!isSameKey(opened.keyHash, binding.keyHash)) return 'keyMismatch';
  if (!sameSites(opened.cohort, binding.cohort)) return 'secondMessage';
  if (opened.cohort.some((member) => !identities.has(member))) return 'notRostered';
  if (!opened.cohort.includes(site)) return 'notInCohort';
  if (opened.cohort.length < parameters.quorum) return 'belowQuorum';
  return opened.cohort.length > parameters.maxSites ? 'planNotApproved' : undefined;
}

function isSignedByCoordinator(config: SiteRoundConfig, opened: RoundOpened, crypto: Crypto): boolean {
  const context = contextHash(crypto, { ...opened, attempt: 0 });
  const statement = { type: 'roundOpened', ...opened } as const;
  const carried = { context, signature: opened.signature };
  return verifyMessage(crypto, config.coordinatorIdentity, context, statement, carried) === undefined;
}

/** Both none, or one key: the site's own is that of the epoch that follows from the round. */
function isSameKey(opened: Uint8Array | null, own: Uint8Array | null): boolean {
  return opened === null || own === null ? opened === own : equalBytes(opened, own);
}
