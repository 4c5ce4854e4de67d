/**
 * A coordinator and three hospitals as processes that train a tiny model, all through their command lines; any of them
 * may be killed and started again. Founding one takes a while, so that tests found one and run copies of its folder.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Progress } from '#client/agent/progress';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import type { Phantom } from '#client/data/phantom/types';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { agree, coordinatorFolder, enrolAll, siteFolder } from '../../scripts/start/federation.ts';
import { run } from '../../scripts/start/programs.ts';
import { progressTo } from '../../scripts/start/progress.ts';
import { CoordinatorProcess, coordinatorCommand } from './coordinator-process.ts';
import type { NodeOptions } from './coordinator-process.ts';
import { freePort } from './free-port.ts';
import type { ProgramProcess } from './program-process.ts';
import { startSite } from './site-process.ts';

export const siteNames = ['north', 'south', 'west'] as const;
export type SiteName = (typeof siteNames)[number];

/** What is trained, on which phantom. */
export interface TinyStudy {
  readonly method: string;
  readonly config: object;
  readonly phantom: Phantom;
  readonly testPairs: number;
}

/** As little to compute as there can be. */
export const tinyConfig = {
  embedding: 16,
  image: { size: 16, patch: 8, dim: 16, blocks: 1, heads: 2 },
  text: { length: 16, dim: 16, blocks: 1, heads: 2 },
  training: { localSteps: 1, batchSize: 4, warmupSteps: 1 },
};
const tinyClip: TinyStudy = { method: 'clip', config: tinyConfig, phantom: radiographPhantom, testPairs: 4 };
/** Not the same, so that weights matter. */
const trainPairsOf: Readonly<Record<SiteName, number>> = { north: 8, south: 12, west: 6 };
export const seed = 7;
export const engine = 'reference';

/** The pairs of one hospital. */
export function csvOf(folder: string, site: SiteName): string {
  return join(folder, 'data', site, 'pairs.csv');
}

/** Founds a consortium under `folder` whose plan every hospital has approved. `draft`: more arguments of `plan draft`. */
export async function found(
  folder: string,
  rounds: number,
  draft: readonly string[] = [],
  { method, config: section, phantom, testPairs }: TinyStudy = tinyClip,
): Promise<void> {
  await mkdir(join(folder, 'sites'), { recursive: true });
  for (const site of siteNames) {
    const trainPairs = trainPairsOf[site];
    await writePhantom(join(folder, 'data', site), {
      phantom,
      seed,
      sites: [site],
      trainPairs,
      testPairs,
    });
  }
  const sites = siteNames.map((site) => ({ site, csv: csvOf(folder, site), values: [site] }));
  const config = stringify(section);
  const common = { method, config, rounds, draft, weightCap: 64, seed, engine, masks: true };
  const federation = { ...common, folder, sites };
  const quiet = progressTo(process.stderr, true);
  const dir = coordinatorFolder(federation);
  const where = ['--listen', '127.0.0.1', '--port', String(await freePort()), '--enrol-port', '0'];
  await run('consilium-coordinator', ['init', dir, '--name', 'test', ...where, '--quiet']);
  const coordinator = await CoordinatorProcess.start(dir);
  try {
    await enrolAll(federation, coordinator.ports.enrolment, quiet);
    await agree(federation, quiet);
  } finally {
    await coordinator.stop();
  }
}

/** A round as the coordinator's operator sees it. */
export interface ShownRound {
  readonly round: number;
  readonly outcome: string | null;
  readonly aggregateHash: string | null;
}

/** Which agents begin, and with which more arguments of `run`. */
export interface Starting {
  readonly sites?: readonly SiteName[];
  readonly args?: readonly string[];
  /** How the coordinator is started. */
  readonly coordinator?: NodeOptions;
}

/** A founded consortium at work. */
export class WholeFederation {
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #sites = new Map<SiteName, ProgramProcess<Progress>>();
  #coordinator: CoordinatorProcess;

  private constructor(folder: string, coordinator: CoordinatorProcess, args: readonly string[]) {
    this.folder = folder;
    this.#coordinator = coordinator;
    this.#args = ['--engine', engine, '--seed', String(seed), '--until-done', ...args];
  }

  /** Starts a copy of a founded consortium beside it: its coordinator, and agents with more arguments than they need. */
  static async start(
    founded: string,
    { args = [], sites = siteNames, coordinator: node = {} }: Starting = {},
  ): Promise<WholeFederation> {
    const parent = await mkdtemp(`${founded}-`);
    const { status } = spawnSync('cp', ['-a', `${founded}/.`, parent]); // with the modes of its folders
    if (status !== 0) throw new Error(`cannot copy ${founded}`);
    const coordinator = CoordinatorProcess.launch(coordinatorFolder({ folder: parent }), node);
    await coordinator.line(({ kind }) => kind === 'listening');
    const federation = new WholeFederation(parent, coordinator, args);
    for (const site of sites) federation.startSite(site);
    return federation;
  }

  get coordinator(): CoordinatorProcess {
    return this.#coordinator;
  }

  site(name: SiteName): ProgramProcess<Progress> {
    return this.#sites.get(name)!; // asked for after it was started
  }

  startSite(name: SiteName, node?: Parameters<typeof startSite>[3]): ProgramProcess<Progress> {
    const agent = startSite(siteFolder(this, name), csvOf(this.folder, name), this.#args, node);
    this.#sites.set(name, agent);
    return agent;
  }

  async startCoordinator(): Promise<void> {
    this.#coordinator = await CoordinatorProcess.start(this.#coordinator.dir);
  }

  /** The model's hash at every site, when all agents have ended by themselves. @throws Error with the words of one that failed */
  async finish(): Promise<readonly string[]> {
    return Promise.all(
      siteNames.map(async (name) => {
        const agent = this.site(name);
        const { code, stderr } = await agent.ended;
        const done = agent.lines.find((said) => said.kind === 'done');
        if (code !== 0 || done === undefined) throw new Error(`${name} ended with ${code}: ${stderr}`);
        return done.modelHash;
      }),
    );
  }

  /** All rounds so far, in order. */
  async rounds(): Promise<readonly ShownRound[]> {
    const { stdout } = await coordinatorCommand(['round', 'status', '--dir', this.#coordinator.dir, '--json', '-']);
    const shown = JSON.parse(stdout) as readonly ShownRound[]; // with more fields
    return shown.map(({ round, outcome, aggregateHash }) => ({ round, outcome, aggregateHash }));
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    await Promise.all([this.#coordinator, ...this.#sites.values()].map((program) => program.kill()));
  }
}
