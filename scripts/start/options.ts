/** What `npm start` understands. */
import { parseArgs } from 'node:util';
import { UsageError } from '#shared/errors';
import { demonstrations } from './demonstrations.ts';

export interface StartOptions {
  readonly method: string;
  /** A `pairs.csv`, or undefined for the phantom. */
  readonly data: string | undefined;
  readonly sites: number;
  readonly rounds: number;
  readonly seed: number;
  readonly encryption: string;
  readonly engine: string;
  readonly masks: boolean;
  /** Where the run's folders stay, or undefined for a temporary folder that is removed. */
  readonly keep: string | undefined;
  /** A file, `-` for standard output, or undefined. */
  readonly json: string | undefined;
  readonly quiet: boolean;
}

const encryptions = ['bgv', 'stream', 'none'];

/** The options. @throws UsageError (badArgument, unsupported, tooFewSites) with what to type instead */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = valuesOf(args);
  const { method, encryption } = values;
  const demonstration = demonstrations[method];
  if (demonstration === undefined) {
    throw new UsageError('unsupported', `--method ${method} is none of ${Object.keys(demonstrations).join(', ')}`);
  }
  if (!encryptions.includes(encryption)) {
    throw new UsageError('badArgument', `--encryption ${encryption}: expected ${encryptions.join(', ')}`);
  }
  const sites = wholeNumber('--sites', values.sites);
  if (sites < 3) {
    throw new UsageError(
      'tooFewSites',
      `--sites ${sites}: a sum of two hides nothing from either, so at least 3 are needed`,
    );
  }
  const { data, engine, keep, json, quiet } = values;
  const rounds = values.rounds === undefined ? demonstration.rounds : wholeNumber('--rounds', values.rounds);
  const seed = wholeNumber('--seed', values.seed);
  return { method, data, sites, rounds, seed, encryption, engine, masks: !values['no-masks'], keep, json, quiet };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        method: { type: 'string', default: 'clip' },
        data: { type: 'string' },
        sites: { type: 'string', default: '3' },
        rounds: { type: 'string' },
        seed: { type: 'string', default: '1' },
        encryption: { type: 'string', default: 'bgv' },
        engine: { type: 'string', default: 'auto' },
        'no-masks': { type: 'boolean', default: false },
        keep: { type: 'string' },
        json: { type: 'string' },
        quiet: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError('badArgument', `npm start: ${why}`, { cause });
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError('badArgument', `${name} ${text}: expected a whole number from 1 on`);
}
