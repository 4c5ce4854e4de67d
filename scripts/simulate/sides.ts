/** Who is on which side in a run. */
import type { SiteId } from '#shared/util/ids';
import type { Draws } from './draws.ts';
import { siteNames, sumParameters } from './study.ts';
import type { Choice } from './types.ts';

export interface Sides {
  /** Sites that do not do as they should. */
  readonly liars: ReadonlySet<SiteId>;
  /** Whose secrets the coordinator knows: the liars, and up to f in all. */
  readonly colluders: ReadonlySet<SiteId>;
}

/** Drawn from the seed: a lying coordinator has up to f sites, lying sites are at least one and at most f. */
export function sidesOf({ byzantine, enrolled }: Choice, draws: Draws): Sides {
  const draw = draws.sequence('sides');
  const { colluders: f } = sumParameters(enrolled, draws);
  const colluders = draw.some(siteNames(enrolled), f);
  const count = {
    none: 0,
    coordinator: Math.max(draw.between(0, f), draw.between(0, f)),
    site: Math.max(1, draw.between(1, f)),
  }[byzantine];
  const liars = f === 0 && count > 0 ? draw.some(siteNames(enrolled), 1) : colluders.slice(0, count);
  const all = byzantine === 'coordinator' ? liars : [...new Set([...liars, ...colluders])];
  return { liars: new Set(liars), colluders: new Set(all) };
}
