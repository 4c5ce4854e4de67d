/** What a model's programs answer. @module */
import { InvariantError } from '#shared/errors';
import type { Outputs } from './types.ts';

/** The output of this name, example by example. @throws InvariantError (unreachable) if the method has none */
export function outputNamed(outputs: Outputs, name: string): readonly Float32Array[] {
  const found = outputs[name];
  if (found === undefined) throw new InvariantError('unreachable', `the method gives no output ${name}`);
  return found;
}
