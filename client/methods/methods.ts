/** The methods that a plan may name. @module */
import { UsageError } from '#shared/errors';
import { brgsa } from './brgsa/brgsa.ts';
import { clip } from './clip/clip.ts';
import { clipIt } from './clip-it/clip-it.ts';
import { mcr } from './mcr/mcr.ts';
import { selip } from './selip/selip.ts';
import { semise } from './semise/semise.ts';
import { siglip } from './siglip/siglip.ts';
import type { Method } from './types.ts';

/** What makes a method from its section of a plan. @throws UsageError (badPlan) */
export type MethodMaker = (input: unknown) => Method;

/** Every method by name. */
export const methods: ReadonlyMap<string, MethodMaker> = new Map<string, MethodMaker>([
  ['clip', clip],
  ['brgsa', brgsa],
  ['clip-it', clipIt],
  ['mcr', mcr],
  ['selip', selip],
  ['semise', semise],
  ['siglip', siglip],
]);

/** The method of this name under this section. @throws UsageError (badPlan) if this version has none, or it is wrong */
export function methodOf(name: string, input: unknown): Method {
  const make = methods.get(name);
  if (make !== undefined) return make(input);
  throw new UsageError('badPlan', `no method is called ${name}: this version has ${[...methods.keys()].join(', ')}`);
}
