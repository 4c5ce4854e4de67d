/** `coordinator.yaml`: every setting, with its explanation beside it. */
import * as v from 'valibot';
import { parse, stringify } from 'yaml';
import { UsageError } from '#shared/errors';

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const settingsSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[\p{L}\p{N}][\p{L}\p{N} .-]{0,63}$/u, 'expected at most 64 letters, digits, spaces, . and -'),
  ),
  listen: v.pipe(v.string(), v.minLength(1)),
  hosts: v.array(v.pipe(v.string(), v.minLength(1))),
  port,
  enrolmentPort: port,
  tokenHours: positive,
  keepUploadRounds: positive,
  logLevel: v.picklist(['debug', 'info', 'warn', 'error']),
});

/** How one coordinator is set up. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** What `init` takes where its options say nothing. */
export const defaultSettings = {
  listen: '0.0.0.0',
  port: 7443,
  enrolmentPort: 7444,
  tokenHours: 72,
  keepUploadRounds: 2,
  logLevel: 'info',
} as const satisfies Partial<Settings>;

/** The settings of a file's text. @throws UsageError (badConfig) with all problems in one line. */
export function parseSettings(text: string, path: string): Settings {
  const read = v.safeParse(settingsSchema, parseYaml(text, path));
  if (read.success) return read.output;
  const problems = read.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  throw new UsageError('badConfig', `${path}: ${problems.join('; ')}`);
}

/** The file as `init` writes it. */
export function formatSettings(settings: Settings): string {
  return explanations
    .map(([key, why]) => `${why.map((line) => `# ${line}`).join('\n')}\n${stringify({ [key]: settings[key] })}`)
    .join('\n');
}

const explanations: readonly (readonly [key: keyof Settings, why: readonly string[]])[] = [
  [
    'name',
    ["The consortium's name, as its certificates and its roster say it. It stays as it is once sites are enrolled."],
  ],
  ['listen', ['The address on which the coordinator listens: 0.0.0.0 for all of IPv4, :: for all addresses.']],
  [
    'hosts',
    [
      'The names and addresses under which sites reach it, besides localhost. They stand in its TLS certificate, which',
      'is made anew at every start.',
    ],
  ],
  ['port', ['The port for sites and for the commands of the operator (mutual TLS 1.3). 0 takes a free one.']],
  ['enrolmentPort', ['The port on which a site enrols with its token (TLS 1.3). 0 takes a free one.']],
  ['tokenHours', ['For how many hours an invitation can be used.']],
  ['keepUploadRounds', ['For how many rounds the masked uploads are kept after their sum. Aggregates are kept.']],
  ['logLevel', ['How much the diagnostics on standard error say: debug, info, warn or error.']],
];

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : '';
    throw new UsageError('badConfig', `${path}: is not YAML (${reason})`, { cause });
  }
}
