/** What a method makes of its configuration, for a plan and for checking one: no data and no engine is needed. @module */
import { fingerprintOf } from '#client/engine/compile';
import { type MethodConfig, type MethodConfigInput, parseMethodConfig } from '#client/methods/config';
import { methodNamed } from '#client/methods/methods';
import type { Method } from '#client/methods/types';
import { initialWeights } from '#client/model/flat-weights';
import { parameterCount } from '#client/model/parameters';
import { trainProgram } from './programs.ts';
import type { ProgramDescription } from './types.ts';

/** The program of a method's section of a plan. @throws UsageError (badPlan) */
export async function describeProgram(method: string, input: MethodConfigInput): Promise<ProgramDescription> {
  const found = methodNamed(method);
  const config = parseMethodConfig(input);
  return described(found, config, await fingerprintOf(trainProgram(found, config)));
}

/** The same, where the fingerprint is known. */
export function described(method: Method, config: MethodConfig, fingerprint: string): ProgramDescription {
  const parameters = method.parameters(config);
  return {
    method: method.name,
    config,
    fingerprint,
    tensors: parameters.map(({ name, shape }) => ({ name, shape })),
    parameterCount: parameterCount(parameters),
    initialWeights: initialWeights(parameters, config.seed),
  };
}
