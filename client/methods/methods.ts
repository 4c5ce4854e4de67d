/** The methods that a plan may name. @module */
import { UsageError } from '#shared/errors';
import { clip } from './clip/clip.ts';
import type { Method } from './types.ts';

/** Every method by name. */
export const methods: ReadonlyMap<string, Method> = new Map([clip].map((method) => [method.name, method]));

/** The method of this name. @throws UsageError (badPlan) if this version has none */
export function methodNamed(name: string): Method {
  const found = methods.get(name);
  if (found !== undefined) return found;
  throw new UsageError('badPlan', `no method is called ${name}: this version has ${[...methods.keys()].join(', ')}`);
}
