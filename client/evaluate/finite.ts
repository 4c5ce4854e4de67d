/** A model that diverged must not look good. @module */
import { UsageError } from '#shared/errors';

/** @throws UsageError (notFinite) if a score is NaN or infinite: an order of them would mean nothing */
export function expectFinite(scores: readonly number[]): void {
  if (scores.every(Number.isFinite)) return;
  throw new UsageError('notFinite', 'a score to evaluate is NaN or infinite: the model diverged');
}
