/** What a method makes of its configuration, for a plan and for checking one: no data and no engine is needed. @module */
import { fingerprintOf } from '#client/engine/compile';
import { methodOf } from '#client/methods/methods';
import type { Method } from '#client/methods/types';
import { joinWeights } from '#client/model/flat-weights';
import { keptAs, parameterCount } from '#client/model/parameters';
import { beginningOf } from './beginning.ts';
import { filesIn } from './files.ts';
import { sharedOf, trainProgram } from './programs.ts';
import type { ProgramDescription } from './types.ts';

/**
 * The program of a method's section of a plan; `files` is the folder of the files that it names.
 *
 * @throws UsageError (badPlan, noSuchFile, badFormat)
 */
export async function describeProgram(name: string, input: unknown, files?: string): Promise<ProgramDescription> {
  const method = methodOf(name, input);
  const beginning = await beginningOf(method, filesIn(files));
  return described(method, beginning, await fingerprintOf(trainProgram(method)));
}

/** The same, where the beginning and the fingerprint are known. */
export function described(
  { name, config, parameters, tally }: Method,
  beginning: Readonly<Record<string, Float32Array>>,
  fingerprint: string,
): ProgramDescription {
  const shared = sharedOf(parameters);
  return {
    method: name,
    config,
    fingerprint,
    tensors: shared.map(({ name: tensor, shape }) => ({ name: tensor, shape })),
    rows: keptAs(parameters, 'rows').map(({ name: tensor }) => tensor),
    tallyLength: tally?.length ?? null,
    parameterCount: parameterCount(shared),
    initialWeights: joinWeights(shared, (parameter) => beginning[parameter.name]!), // every parameter has values
  };
}
