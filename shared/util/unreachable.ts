/** The end of an exhaustive switch. @module */
import { InvariantError } from '../errors.ts';

/** Never returns; the compiler refuses a call that can be reached. @throws InvariantError (unreachable) always. */
export function unreachable(value: never): never {
  throw new InvariantError('unreachable', `a case that cannot occur was reached: ${typeof value}`);
}
