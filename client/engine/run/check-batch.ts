/** @module */
import { fitting, knownNames } from '../host-values.ts';
import type { HostValues, StepProgram } from '../types.ts';

/** Every input is there, fits, and no other. @throws UsageError (badArgument) otherwise. */
export function checkBatch({ inputs }: Pick<StepProgram, 'inputs'>, batch: HostValues): void {
  knownNames('input', Object.keys(batch), inputs);
  for (const [name, spec] of Object.entries(inputs)) fitting(`input '${name}'`, spec, batch[name]);
}
