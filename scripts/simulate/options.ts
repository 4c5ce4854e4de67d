/** The options of `npm run simulate`. */
import { UsageError } from '#shared/errors';
import type { Byzantine, Choice } from './types.ts';

export interface SimulateOptions {
  /** Its seed is the first one. */
  readonly choice: Choice;
  readonly seeds: number;
  /** Places of the operations to keep, or `null` for all. */
  readonly only: readonly number[] | null;
  readonly json: string | null;
  readonly quiet: boolean;
}

const byzantines: readonly Byzantine[] = ['none', 'coordinator', 'site'];
const known = ['sites', 'rounds', 'seed', 'seeds', 'byzantine', 'json', 'quiet', 'enrolled', 'played', 'only'] as const;
type Name = (typeof known)[number];

/** @throws UsageError (badArgument) */
export function simulateOptions(args: readonly string[]): SimulateOptions {
  const given = new Map<Name, string>();
  for (let i = 0; i < args.length; i++) {
    const name = known.find((option) => args[i] === `--${option}`);
    if (name === undefined) throw bad(`${args[i] ?? ''} is no option; they are --${known.join(', --')}`);
    if (name === 'quiet') given.set(name, 'yes');
    else given.set(name, args[++i] ?? '');
  }
  const number = (name: Name, otherwise: number, least: number): number => {
    const text = given.get(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= 2 ** 32) return value;
    throw bad(`--${name}: expected a number of at least ${least}, found ${text}`);
  };
  const sites = number('sites', 7, 3);
  const rounds = number('rounds', 3, 1);
  const named = given.get('byzantine') ?? 'none';
  const byzantine = byzantines.find((name) => name === named);
  if (byzantine === undefined) throw bad(`--byzantine: expected ${byzantines.join(', ')}, found ${named}`);
  const enrolled = Math.min(sites, number('enrolled', sites, 3));
  const played = Math.min(rounds, number('played', rounds, 1));
  return {
    choice: { sites, rounds, seed: number('seed', 1, 0), byzantine, enrolled, played },
    seeds: number('seeds', 1, 1),
    only: onlyOf(given.get('only')),
    json: given.get('json') ?? null,
    quiet: given.has('quiet'),
  };
}

function onlyOf(text: string | undefined): readonly number[] | null {
  if (text === undefined) return null;
  if (/^(\d+(,\d+)*)?$/.test(text)) return text === '' ? [] : text.split(',').map(Number);
  throw bad(`--only: expected places such as 0,4,7, found ${text}`);
}

function bad(message: string): UsageError {
  return new UsageError('badArgument', message);
}
