/** What `npm start` understands. */
import { parseArgs } from 'node:util';
import { UsageError } from '#shared/errors';

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

const built = { methods: ['clip'], encryptions: ['bgv', 'stream', 'none'] };

/** The options. @throws UsageError (badArgument, unsupported, tooFewSites) with what to type instead */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = valuesOf(args);
  const { method, encryption } = values;
  if (!built.methods.includes(method)) throw notBuilt('--method', method, built.methods);
  if (!built.encryptions.includes(encryption)) {
    throw new UsageError('badArgument', `--encryption ${encryption}: expected ${built.encryptions.join(', ')}`);
  }
  const sites = wholeNumber('--sites', values.sites);
  if (sites < 3) {
    throw new UsageError(
      'tooFewSites',
      `--sites ${sites}: a sum of two hides nothing from either, so at least 3 are needed`,
    );
  }
  const { data, engine, keep, json, quiet } = values;
  const rounds = wholeNumber('--rounds', values.rounds);
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
        rounds: { type: 'string', default: '25' },
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

function notBuilt(name: string, found: string, known: readonly string[]): UsageError {
  return new UsageError('unsupported', `${name} ${found} is not built yet: use ${known.join(' or ')}`);
}
