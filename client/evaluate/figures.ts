/** Figures in groups: finding one by its path, and means over sites. @module */
import { meanOf } from './mean.ts';
import type { Figures } from './types.ts';

/** The figure at a path such as `imageToReport.recallAt5`; null where there is none. */
export function figureAt(figures: Figures, path: string): number | null {
  let at: Figures[string] | undefined = figures;
  for (const name of path.split('.')) at = typeof at === 'object' ? at?.[name] : undefined;
  return typeof at === 'number' ? at : null;
}

/** A figure for a table: `scale` 100 makes per cent; a dash where there is none. */
export function figureText(value: number | null, scale: number): string {
  return value === null ? '-' : (scale * value).toFixed(scale === 1 ? 3 : 1);
}

/** The mean of each figure over those that have it, in the groups of the first; null where nobody has it. */
export function meanFigures(all: readonly Figures[]): Figures {
  const [first = {}] = all;
  return Object.fromEntries(
    Object.entries(first).map(([name, value]): [string, Figures[string]] => {
      const same = all.map((figures) => figures[name] ?? null);
      if (typeof value === 'object' && value !== null) return [name, meanFigures(same.filter((one) => isGroup(one)))];
      const numbers = same.filter((one) => typeof one === 'number');
      return [name, numbers.length === 0 ? null : meanOf(numbers)];
    }),
  );
}

function isGroup(value: Figures[string]): value is Figures {
  return typeof value === 'object' && value !== null;
}
