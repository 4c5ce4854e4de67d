/**
 * `npm start`: a coordinator and three hospitals as processes, training together, and the table that says what it was
 * worth. Results on standard output, progress on standard error; docs/reference/commands.md has the options and the JSON.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { phantomNamed } from '#client/data/phantom/phantoms';
import { phantomSiteNames } from '#client/data/phantom/sites';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { figureAt, figureText } from '#client/evaluate/figures';
import type { Measure } from '#client/methods/types';
import { errorLine, exitCodeOf } from '#shared/util/exit-code';
import { type Demonstration, demonstrations, realReports } from './start/demonstrations.ts';
import type { Baselines } from './start/baselines.ts';
import { trainBeside } from './start/beside.ts';
import { federate, type FederationOutcome } from './start/federation.ts';
import { parseStartOptions, type StartOptions } from './start/options.ts';
import { RunError } from './start/programs.ts';
import { progressTo, type Say } from './start/progress.ts';
import { divideBySite, type SiteFile } from './start/site-data.ts';
import { meanOf, renderSent, renderTable, type SiteResult, worstOf } from './start/table.ts';

interface Outcome {
  readonly federation: FederationOutcome;
  readonly baselines: Baselines;
  readonly seconds: number;
}

async function start(options: StartOptions, folder: string, say: Say): Promise<void> {
  const began = performance.now();
  const demonstration = demonstrations[options.method]!; // the options were read with it
  const sites = await siteFiles(options, demonstration, folder);
  for (const { site, values } of sites) say.step(`${site}: ${values.join(', ')}`);
  const { method, encryption, rounds, seed, engine, masks } = options;
  const files = join(folder, 'files');
  await mkdir(files, { recursive: true });
  const prepared = (await demonstration.prepare?.(join(folder, 'phantom'), files, seed)) ?? {};
  const given = options.data === undefined ? demonstration.config : (demonstration.real ?? realReports);
  const config = { ...given, ...prepared, seed };
  const draft = ['--encryption', encryption, '--evaluate-every', String(rounds)];
  const common = { method, config, files, rounds, engine: 'auto' as const, seed };
  const beside = trainBeside({ common, sites }, (line) => {
    say.step(line);
  });
  try {
    const federation = await federate(
      { folder, sites, method, config: stringify(config), files, rounds, draft, weightCap: 512, seed, engine, masks },
      say,
    );
    say.step(
      `federated: ${rounds} rounds in ${federation.seconds.toFixed(1)} s; model ${federation.modelHash.slice(0, 16)}`,
    );
    const baselines = await beside.baselines;
    const seconds = (performance.now() - began) / 1000;
    await report(options, { federation, baselines, seconds });
  } finally {
    beside.stop();
  }
}

async function siteFiles(
  { data, sites, seed }: StartOptions,
  { phantom }: Demonstration,
  folder: string,
): Promise<readonly SiteFile[]> {
  const generated = { phantom: phantomNamed(phantom), seed, sites: phantomSiteNames(sites) };
  const csv = data === undefined ? await writePhantom(join(folder, 'phantom'), generated) : resolve(data);
  return divideBySite(csv, sites, join(folder, 'data'));
}

async function report(options: StartOptions, { federation, baselines, seconds }: Outcome): Promise<void> {
  const { method, encryption, seed, rounds } = options;
  const sites: readonly SiteResult[] = federation.sites.map((one) => ({
    site: one.site,
    trainPairs: one.trainPairs,
    testPairs: one.testPairs,
    alone: baselines.alone.get(one.site)!.figures, // every site was trained alone
    federated: one.federated.figures,
    centralised: baselines.centralised.get(one.site)!.figures,
    chance: one.federated.chance,
    sent: one.sent,
  }));
  const mean = meanOf(sites);
  const measures = federation.sites[0]?.federated.measures ?? [];
  const [headline] = measures;
  const worst = Object.fromEntries(measures.map((measure) => [measure.path, worstOf(sites, 'federated', measure)]));
  const result = {
    ...{ method, encryption, seed, rounds, seconds, engine: federation.sites[0]?.engine, sites, mean },
    privacy: { seenInClear: seenInClear(encryption), epsilon: null },
    log: null,
    measures,
    worst,
    counted: federation.counted,
    steps: baselines.steps,
    modelHash: federation.modelHash,
    leftOut: Object.fromEntries(federation.sites.map(({ site, leftOut }) => [site, leftOut])),
  };
  if (options.json !== '-')
    process.stdout.write(`${lines(federation, baselines, sites, measures, seconds).join('\n')}\n`);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  if (options.json === '-') process.stdout.write(json);
  else if (options.json !== undefined) await writeFile(options.json, json);
  // With few real pairs chance may be near; only the phantom was made so that a failure to learn can be told.
  const { least } = demonstrations[method]!; // the options were read with it
  const isWhole = options.data === undefined && rounds >= demonstrations[method]!.rounds; // as above
  if (isWhole && least !== undefined && headline !== undefined) judge(mean, headline, least);
}

/** What the coordinator sees of a site: proto/spec/secure-sum.md, section 9. */
function seenInClear(encryption: string): readonly string[] {
  return [
    'which sites are enrolled, connected, ready and in U1, U2, U3',
    'sizes and times of messages',
    'the plan, approvals and refusals',
    'the hash of the model',
    'votes and codes of refusals',
    'public keys and sealed boxes',
    ...(encryption === 'none'
      ? ['the aggregate over all sites of a round']
      : ['who made a data key and who holds it, its hash, and the round of its holder’s model']),
  ];
}

function lines(
  federation: FederationOutcome,
  { steps, seconds: trained }: Baselines,
  sites: readonly SiteResult[],
  measures: readonly Measure[],
  seconds: number,
): readonly string[] {
  const left = federation.sites.flatMap(({ site, leftOut }) =>
    leftOut.length === 0 ? [] : [`${site} left out ${leftOut.length} rows: ${reasons(leftOut)}`],
  );
  return [
    ...left,
    `Every model: ${steps} optimiser steps on batches of the same size, from the same initial weights; nothing was chosen on a test split.`,
    '',
    renderTable(measures, sites, meanOf(sites)),
    '',
    renderSent(sites),
    '',
    ...countedLines(federation, measures),
    `${federation.seconds.toFixed(1)} s of rounds; ${trained.toFixed(1)} s for the columns beside them, with what they left idle; ${seconds.toFixed(1)} s in all.`,
  ];
}

/** What hospitals learn of each other's figures: one number over all of them, which nobody could take apart. */
function countedLines({ counted }: FederationOutcome, [headline]: readonly Measure[]): readonly string[] {
  if (counted === null || headline === undefined) return [];
  const value = figureText(figureAt(counted.figures, headline.path), headline.scale);
  return [
    `Counted by all hospitals together under the secure sum, before round ${counted.round}: ${headline.title} ${value}`,
    '',
  ];
}

/** Ids by reason; an id is the row's own name in the file. */
function reasons(leftOut: readonly { readonly id: string; readonly why: string }[]): string {
  const byReason = Map.groupBy(leftOut, ({ why }) => why);
  return [...byReason].map(([why, rows]) => `${why} (${rows.map(({ id }) => id).join(', ')})`).join('; ');
}

function judge(
  mean: ReturnType<typeof meanOf>,
  { path, title }: Measure,
  least: NonNullable<Demonstration['least']>,
): void {
  const of = (column: 'alone' | 'federated' | 'centralised'): number => figureAt(mean[column], path) ?? NaN;
  const [ofAlone, ofCentralised] = [of('federated') / of('alone'), of('federated') / of('centralised')];
  if (ofAlone >= least.ofAlone && ofCentralised >= least.ofCentralised) return;
  const found = `${ofAlone.toFixed(2)} x alone and ${ofCentralised.toFixed(2)} x all data in one place`;
  throw new RunError(
    'resultTooLow',
    `federated ${title} is ${found}; at least ${least.ofAlone} and ${least.ofCentralised} were expected`,
  );
}

async function main(): Promise<void> {
  const options = parseStartOptions(process.argv.slice(2));
  const say = progressTo(process.stderr, options.quiet);
  const folder = options.keep === undefined ? await mkdtemp(join(tmpdir(), 'consilium-')) : resolve(options.keep);
  await mkdir(folder, { recursive: true });
  if (!options.masks)
    say.step('WARNING: --no-masks: every vector is readable by the coordinator. For comparison only.');
  try {
    await start(options, folder, say);
    if (options.keep === undefined) await rm(folder, { recursive: true });
  } catch (error) {
    say.settle();
    if (options.keep === undefined) say.step(`logs and journals of this run are kept in ${folder}`);
    throw error;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`npm start: ${errorLine(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
