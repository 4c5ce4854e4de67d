/** The class of an image, as its labels say it: `class:NAME`. @module */
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';

/** A pair and the index of its class. */
export interface Labelled {
  readonly pair: Pair;
  readonly index: number;
}

const prefix = 'class:';

/**
 * Those of the pairs that have a class. @throws UsageError (badFormat) if a pair has several, or one that the plan does
 * not name
 */
export function labelled(pairs: readonly Pair[], classes: readonly string[]): readonly Labelled[] {
  return pairs.flatMap((pair) => {
    const own = pair.labels.filter((label) => label.startsWith(prefix)).map((label) => label.slice(prefix.length));
    if (own.length === 0) return [];
    const index = classes.indexOf(own[0]!); // there is one
    if (own.length === 1 && index >= 0) return [{ pair, index }];
    throw new UsageError(
      'badFormat',
      `an image has ${own.length === 1 ? 'a class that' : 'several classes, and'} the plan does not name: it names ${classes.join(', ')}`,
    );
  });
}
