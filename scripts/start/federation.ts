/**
 * Founds a consortium and trains in it, as people would: the script types the commands of README and how-to pages, reads
 * what they print, compares the words, and approves. The programs have no shorter way in.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '#client/agent/progress';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';
import { RunError, type Running, run, serve } from './programs.ts';
import { unreachable } from '#shared/util/unreachable';
import { RoundsView, type Say } from './progress.ts';
import type { SiteFile } from './site-data.ts';

/** A consortium on this machine. */
export interface Federation {
  /** Of the whole run: coordinator and sites. */
  readonly folder: string;
  readonly sites: readonly SiteFile[];
  /** The plan's method section as YAML, and what goes beside it. */
  readonly method: string;
  readonly config: string;
  /** The folder of the files that the section names. */
  readonly files?: string;
  readonly rounds: number;
  /** More arguments of `plan draft`. */
  readonly draft?: readonly string[];
  /** Above every site's number of training pairs. */
  readonly weightCap: number;
  readonly seed: number;
  readonly engine: string;
  readonly masks: boolean;
}

/** Figures over all sites' test pairs, of the model that a round started from. */
export interface Counted {
  readonly round: number;
  readonly figures: Figures;
}

/** What `model evaluate` says. */
export interface Evaluated extends MethodReport {
  readonly measures: readonly Measure[];
}

/** What a site says of itself at the end, on its own machine. */
export interface SiteOutcome {
  readonly site: string;
  readonly trainPairs: number;
  readonly testPairs: number;
  readonly leftOut: readonly { readonly id: string; readonly why: string }[];
  readonly engine: string;
  readonly federated: Evaluated;
  readonly sent: { readonly maskedInputBytes: number; readonly otherBytes: number };
}

export interface FederationOutcome {
  readonly plan: string;
  readonly words: string;
  readonly modelHash: string;
  /** What the sites counted together under the secure sum, if the method counts. */
  readonly counted: Counted | null;
  /** Of the rounds alone. */
  readonly seconds: number;
  readonly sites: readonly SiteOutcome[];
}

/** Founds, trains, evaluates, stops. @throws Error naming what failed; no process is left behind */
export async function federate(federation: Federation, say: Say): Promise<FederationOutcome> {
  const running: Running[] = [];
  try {
    const coordinator = await startCoordinator(federation, running);
    say.step(`coordinator listens on ports ${coordinator.port} and, for enrolment, ${coordinator.enrolmentPort}`);
    await enrolAll(federation, coordinator.enrolmentPort, say);
    const { plan, words } = await agree(federation, say);
    const began = performance.now();
    const { data, modelHash, counted } = await train(federation, running, say);
    const seconds = (performance.now() - began) / 1000;
    const sites = await Promise.all(federation.sites.map((site) => outcomeOf(federation, site, data)));
    return { plan, words, modelHash, counted, seconds, sites };
  } finally {
    await Promise.all(running.map((program) => program.stop()));
  }
}

/** Each hospital has a copy of its own; here all of them read one folder. */
function filesOf({ files }: Federation): readonly string[] {
  return files === undefined ? [] : ['--files', files];
}

export function siteFolder({ folder }: Pick<Federation, 'folder'>, site: string): string {
  return join(folder, 'sites', site);
}

export function coordinatorFolder({ folder }: Pick<Federation, 'folder'>): string {
  return join(folder, 'coordinator');
}

interface Ports {
  readonly port: number;
  readonly enrolmentPort: number;
}

async function startCoordinator(federation: Federation, running: Running[]): Promise<Ports> {
  const dir = coordinatorFolder(federation);
  await mkdir(join(federation.folder, 'logs'), { recursive: true });
  await mkdir(join(federation.folder, 'sites'), { recursive: true, mode: 0o700 });
  await run('consilium-coordinator', [
    ...['init', dir, '--name', 'demonstration', '--listen', '127.0.0.1', '--port', '0', '--enrol-port', '0', '--quiet'],
  ]);
  const listening = Promise.withResolvers<Ports>();
  const log = join(federation.folder, 'logs', 'coordinator.log');
  const program = serve('consilium-coordinator', ['serve', '--dir', dir, '--json', '-'], log, (line) => {
    const said = JSON.parse(line) as { kind: string } & Ports; // one JSON object a line
    if (said.kind === 'listening') listening.resolve(said);
  });
  running.push(program);
  const died = program.ended.then((code) => {
    throw new RunError('programFailed', `the coordinator ended with exit code ${code}: see ${log}`);
  });
  return Promise.race([listening.promise, died]);
}

/** One invitation for each hospital, and its enrolment: keys are made in the hospital's own folder. */
export async function enrolAll(federation: Federation, enrolmentPort: number, say: Say): Promise<void> {
  await Promise.all(
    federation.sites.map(async ({ site }) => {
      const dir = coordinatorFolder(federation);
      const { token } = await asJson<{ token: string }>('consilium-coordinator', ['invite', site, '--dir', dir]);
      const at = `localhost:${enrolmentPort}`;
      const own = siteFolder(federation, site);
      await run('consilium-site', ['enrol', '--coordinator', at, '--token', token, '--dir', own, '--quiet']);
      say.step(`${site} is enrolled`);
    }),
  );
}

/** A plan is drafted at one hospital, proposed, reviewed at each, and approved when all see the same twelve words. */
export async function agree(federation: Federation, say: Say): Promise<{ plan: string; words: string }> {
  const { folder, method, config, rounds, sites, weightCap, draft = [] } = federation;
  const configFile = join(folder, 'method.yaml');
  const planFile = join(folder, 'plan.yaml');
  await writeFile(configFile, config);
  await run('consilium-site', [
    ...['plan', 'draft', '--out', planFile, '--name', 'demonstration', '--method', method, '--config', configFile],
    ...filesOf(federation),
    ...[
      '--rounds',
      String(rounds),
      '--sites',
      String(sites.length),
      '--weight-cap',
      String(weightCap),
      ...draft,
      '--quiet',
    ],
  ]);
  await run('consilium-coordinator', ['plan', 'propose', planFile, '--dir', coordinatorFolder(federation), '--quiet']);
  const reviews = await Promise.all(
    sites.map(({ site }) =>
      asJson<Review>('consilium-site', ['plan', 'review', '--dir', siteFolder(federation, site)]),
    ),
  );
  const [first] = reviews;
  const words = first?.roster.words.join(' ') ?? '';
  const plan = first?.plan ?? '';
  if (reviews.some((review) => review.roster.words.join(' ') !== words || review.plan !== plan)) {
    throw new RunError('roundFailed', 'the hospitals were shown different rosters or plans: nobody approves');
  }
  say.step(`every hospital sees plan ${plan.slice(0, 16)} and the words: ${words}`);
  await Promise.all(
    sites.map(({ site }) => {
      const own = siteFolder(federation, site);
      const approval = ['plan', 'approve', plan, '--words', words, '--dir', own, '--quiet', ...filesOf(federation)];
      return run('consilium-site', approval);
    }),
  );
  return { plan, words };
}

interface Review {
  readonly plan: string;
  readonly roster: { readonly words: readonly string[] };
}

type DataLine = Extract<Progress, { kind: 'data' }>;

interface Trained {
  readonly data: ReadonlyMap<string, DataLine>;
  readonly modelHash: string;
  readonly counted: Counted | null;
}

/** Runs every agent until the plan is done. */
async function train(federation: Federation, running: Running[], say: Say): Promise<Trained> {
  const { sites, rounds } = federation;
  const view = new RoundsView(
    sites.map(({ site }) => site),
    rounds,
  );
  const data = new Map<string, DataLine>();
  const failures: string[] = [];
  const hashes = new Set<string>();
  let counted: Counted | null = null;
  const hear = (site: string, line: string): void => {
    const said = JSON.parse(line) as Progress; // the agent prints nothing else
    switch (said.kind) {
      case 'data':
        data.set(site, said);
        break;
      case 'phase':
        view.phase(site, said.round, said.phase);
        break;
      case 'trained':
        view.trained(site, said.lossNats);
        break;
      case 'round':
        if (said.outcome !== 'accepted') failures.push(`round ${said.round}: ${said.outcome}`);
        if (view.closed(said.round)) say.step(view.toString());
        break;
      case 'refused':
        failures.push(`${site} refused in round ${said.round}: ${said.code}`);
        break;
      case 'done':
        hashes.add(said.modelHash);
        break;
      case 'evaluated':
        counted = { round: said.round, figures: said.all };
        break;
      case 'waiting':
      case 'connected':
      case 'disconnected':
      case 'plan':
      case 'keyHeld':
      case 'snapshot':
        break;
      case 'keyRefused':
        failures.push(`${site} refused a key of epoch ${said.epoch}: ${said.code}`);
        break;
      default:
        return unreachable(said);
    }
    say.live(view.toString());
  };
  const agents = sites.map((site) => startAgent(federation, site, hear));
  running.push(...agents.map(({ program }) => program));
  await Promise.all(agents.map(({ done }) => done));
  say.settle();
  if (failures.length > 0) throw new RunError('roundFailed', failures.join('; '));
  const [modelHash, ...others] = hashes;
  if (modelHash === undefined || others.length > 0)
    throw new RunError('roundFailed', 'the hospitals ended with different models');
  return { data, modelHash, counted };
}

function startAgent(
  federation: Federation,
  { site, csv }: SiteFile,
  hear: (site: string, line: string) => void,
): { readonly program: Running; readonly done: Promise<void> } {
  const log = join(federation.folder, 'logs', `${site}.log`);
  const args = [
    ...['run', '--dir', siteFolder(federation, site), '--data', csv, '--engine', federation.engine],
    ...['--seed', String(federation.seed), '--threads', '1', '--until-done'],
    ...(federation.masks ? [] : ['--no-masks']),
    ...filesOf(federation),
  ];
  const program = serve('consilium-site', args, log, (line) => {
    hear(site, line);
  });
  const done = program.ended.then((code) => {
    if (code !== 0)
      throw new RunError('programFailed', `the agent of ${site} ended with exit code ${code}: see ${log}`);
  });
  return { program, done };
}

async function outcomeOf(federation: Federation, { site, csv }: SiteFile, data: Trained['data']): Promise<SiteOutcome> {
  const own = siteFolder(federation, site);
  const federated = await asJson<Evaluated>('consilium-site', [
    ...['model', 'evaluate', '--dir', own, '--data', csv, '--engine', federation.engine, ...filesOf(federation)],
  ]);
  const { sent } = await asJson<Pick<SiteOutcome, 'sent'>>('consilium-site', ['ledger', '--dir', own]);
  const { trainPairs, testPairs, leftOut, engine } = data.get(site)!; // every agent says it before it trains
  return { site, trainPairs, testPairs, leftOut, engine, federated, sent };
}

async function asJson<T>(program: Parameters<typeof run>[0], args: readonly string[]): Promise<T> {
  return JSON.parse(await run(program, [...args, '--json', '-'])) as T; // documented in docs/reference/commands.md
}
