/** Whether a plan's method compiles here to the program and the beginning that the plan pins. @module */
import { describeProgram } from '#client/train/describe-program';
import type { ProgramDescription } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { ProtocolError } from '#shared/errors';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import type { Plan } from '#shared/governance/types';
import { initialModel } from '#shared/model/apply';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { toHex } from '#shared/util/bytes';

/**
 * Compiles the plan's method and compares; `files` is the folder of the files that the plan names.
 *
 * @throws ProtocolError (programMismatch), UsageError (badPlan, noSuchFile)
 */
export async function checkProgram({ method, ...plan }: Plan, files?: string): Promise<void> {
  comparedBeginning({ method, ...plan }, await describeProgram(method.name, method.config, files));
}

/** What the plan begins with, compiled here. @throws ProtocolError (programMismatch) if the plan says otherwise. */
export function comparedBeginning(
  plan: Plan,
  program: Pick<ProgramDescription, 'fingerprint' | 'initialWeights' | 'tensors' | 'tallyLength'>,
): Model {
  const beginning = initialModel(toServerOptimizer(plan), program.initialWeights);
  const sameTensors =
    JSON.stringify(plan.model) === JSON.stringify(program.tensors.map(({ name, shape }) => ({ name, shape })));
  if (program.fingerprint !== plan.program.fingerprint) throw mismatch(plan, 'compiles to another program');
  if (!sameTensors) throw mismatch(plan, 'has other tensors');
  if (evaluationLength(plan) !== null && evaluationLength(plan) !== program.tallyLength)
    throw mismatch(plan, 'counts other things');
  if (toHex(modelHash(nodeCrypto, beginning)) !== plan.program.initialModelHash)
    throw mismatch(plan, 'begins with other weights');
  return beginning;
}

function evaluationLength({ sum }: Plan): number | null {
  return sum.segments.find(({ name }) => name === 'evaluation')?.length ?? null;
}

function mismatch({ method }: Plan, what: string): ProtocolError {
  return new ProtocolError(
    'programMismatch',
    `method ${method.name} ${what} here than the plan says: run the version that the plan was drafted with`,
  );
}
