/**
 * Phase 2 at the coordinator: which uploads are expected, and which have their receipt. Source:
 * proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { closeMaskedInput } from './closings.ts';
import { put, refuse, stay } from './answers.ts';
import { newUploadProblem } from './checks.ts';
import { deleteUploads } from './ends.ts';
import { sendAll } from './requests.ts';
import type { Coordinator } from './requests.ts';
import { signMessage } from '../signed-message.ts';
import type {
  CoordinatorEffect,
  CoordinatorState,
  CoordinatorStep,
  Receipt,
  RoutedStanding,
  UploadCommitment,
} from '../types.ts';
import type { Event, In } from './narrowed.ts';

/** Announces an upload; its chunks are accepted from now on. */
export function uploadCommitment(
  at: Coordinator,
  state: In<'maskedInput'>,
  message: UploadCommitment,
): CoordinatorStep {
  const problem = newUploadProblem(at, state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  return stay({ ...state, uploads: put(state.uploads, message) }, [expectUpload(message)]);
}

/** > When an upload is complete, matches and is well formed, and that is journaled, it answers with a signed receipt. */
export function uploadCompleted(
  at: Coordinator,
  state: CoordinatorState,
  event: Event<'uploadCompleted'>,
): CoordinatorStep {
  const { from, commitment } = event;
  if (!('uploads' in state)) return stay(state);
  const announced = state.uploads.get(from);
  if (state.phase !== 'maskedInput') return stay(state, announced === undefined ? [deleteUploads(state, [from])] : []);
  if (announced === undefined || !equalBytes(announced.commitment, commitment)) return stay(state);
  const receipt = signReceipt(at, state, from, commitment);
  const next = { ...state, receipts: put(state.receipts, receipt) };
  const answer = sendAll([from], receipt);
  if (next.receipts.size < next.keyShares.size) return stay(next, answer);
  const closed = closeMaskedInput(at, next);
  return { state: closed.state, effects: [...answer, ...closed.effects] };
}

/** > A malformed upload is refused before its receipt and before it is added, and named after its sender. */
export function uploadMismatched(
  state: CoordinatorState,
  { from, commitment }: Event<'uploadMismatched'>,
): CoordinatorStep {
  const announced = state.phase === 'maskedInput' ? state.uploads.get(from) : undefined;
  if (announced === undefined || !equalBytes(announced.commitment, commitment)) return stay(state);
  return refuse(state, from, 'commitmentMismatch', announced);
}

function signReceipt(
  { config, crypto }: Coordinator,
  { context }: RoutedStanding,
  site: SiteId,
  commitment: Uint8Array,
): Receipt {
  const signature = signMessage(crypto, config.identitySeed, context, { type: 'receipt', site, commitment });
  return { kind: 'receipt', round: config.binding.round, site, commitment, ...signature };
}

/** Announced and not complete. */
export function unfinishedUploads({ uploads, receipts }: In<'maskedInput'>): readonly CoordinatorEffect[] {
  return [...uploads.values()].filter(({ site }) => !receipts.has(site)).map(expectUpload);
}

/** The chunks of this upload are accepted. */
export function expectUpload({ site, commitment }: UploadCommitment): CoordinatorEffect {
  return { kind: 'expectUpload', from: site, commitment };
}
