/** Means of a report's figures over the pairs of all sites. @module */
import { figureAt } from '#client/evaluate/figures';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { MethodTally } from './types.ts';

/**
 * A site's figure counts by its pairs: what is summed is their number and that number times the figure, rounded, so that a
 * mean is off by half a pair of each site at most. For figures from 0 to 1 that are means over pairs; one that a site's
 * pairs do not define is left out there.
 */
export function meansTally(
  paths: readonly string[],
  report: (...of: Parameters<MethodTally['count']>) => Promise<MethodReport>,
): MethodTally {
  return {
    length: 2 * paths.length,
    count: async (...of) => {
      const { figures, pairCount } = await report(...of);
      const counts = paths.flatMap((path) => {
        const figure = figureAt(figures, path);
        return figure === null ? [0, 0] : [pairCount, Math.round(figure * pairCount)];
      });
      return Float64Array.from(counts);
    },
    read: (sum) =>
      grouped(paths.map((path, i) => [path.split('.'), sum[2 * i]! > 0 ? sum[2 * i + 1]! / sum[2 * i]! : null])),
  };
}

type Found = readonly [path: readonly string[], figure: number | null];

/** Figures in the groups that their paths name. */
function grouped(found: readonly Found[]): Figures {
  const byName = Map.groupBy(found, ([[name = '']]) => name);
  const entries = [...byName].map(([name, group]): [string, Figures[string]] => {
    const [first] = group;
    if (first?.[0].length === 1) return [name, first[1]];
    return [name, grouped(group.map(([[, ...rest], figure]) => [rest, figure]))];
  });
  return Object.fromEntries(entries);
}
