/** How far images are from health, as a model of graded severity sees them. @module */
import { UsageError } from '#shared/errors';
import { severityScores } from '#client/methods/semise/severity-report';
import type { Imaged, Trained } from './open-trained.ts';

/**
 * The distance of each image to the healthy prototype, 0 to 2; the control that was trained on grades gives grades.
 *
 * @throws UsageError (unsupported) if the method has no severity, (noUsableRows) if no prototype was agreed on yet
 */
export async function severitiesOf({ method, model }: Trained, images: readonly Imaged[]): Promise<readonly number[]> {
  if (method.name !== 'semise')
    throw new UsageError('unsupported', `${method.name} orders no severity: a plan with the method semise does`);
  return severityScores(model, images);
}
