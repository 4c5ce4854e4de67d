/** The three hospitals of every phantom. Further sites repeat them with other patients. @module */
import { UsageError } from '#shared/errors';

/** A hospital's kind: its scanner, its way of writing, its patients. */
export type Style = 'north' | 'south' | 'west';

const styles: readonly Style[] = ['north', 'south', 'west'];

/** The names of `count` phantom sites: north, south, west, north-2, south-2, ... */
export function phantomSiteNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const style = styles[i % styles.length]!;
    const turn = Math.floor(i / styles.length) + 1;
    return turn === 1 ? style : `${style}-${turn}`;
  });
}

/** The kind of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function styleOf(site: string): Style {
  const style = styles.find((name) => site === name || new RegExp(`^${name}-[2-9][0-9]{0,2}$`).test(site));
  if (style !== undefined) return style;
  throw new UsageError('badArgument', `no phantom site is called ${site}: take north, south or west`);
}
