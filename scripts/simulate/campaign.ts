/** Many runs, one seed after the other, and what came of them. */
import { drawOps } from './draw-ops.ts';
import type { Flaws } from './federation.ts';
import { opText } from './op-text.ts';
import { runOnce } from './run.ts';
import { opsOf, shrunk } from './shrink.ts';
import type { Choice, RunResult, Violation } from './types.ts';

/** A seed whose run broke a promise, and the smallest run found that breaks it too. */
export interface FailedSeed {
  readonly seed: number;
  readonly violation: Violation;
  /** What repeats the run, and the small one. */
  readonly command: string;
  readonly smallCommand: string;
  readonly operations: readonly string[];
}

/** All runs together. Counts are by name. */
export interface Tally {
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly happened: Readonly<Record<string, number>>;
  readonly failed: readonly FailedSeed[];
}

export interface Campaign {
  /** Its seed is the first one. */
  readonly choice: Choice;
  readonly seeds: number;
  readonly only?: readonly number[] | null;
  readonly flaws?: Flaws;
  /** So many failing seeds are enough, default 5. */
  readonly enough?: number;
  /** How many runs a failing one is shrunk with, default 300. */
  readonly shrinkRuns?: number;
  readonly progress?: (done: number, failed: readonly FailedSeed[]) => void;
}

/** Runs the seeds in order. */
export async function runCampaign(campaign: Campaign): Promise<Tally> {
  const { choice, seeds, only = null, flaws = {}, enough = 5, shrinkRuns = 300, progress } = campaign;
  const results: RunResult[] = [];
  const failed: FailedSeed[] = [];
  for (let i = 0; i < seeds && failed.length < enough; i++) {
    const of: Choice = { ...choice, seed: choice.seed + i };
    const ops = drawOps(of);
    const result = await runOnce(of, opsOf(of, ops, only ?? ops.map((_, at) => at)), flaws);
    results.push({ ...result });
    if (result.violation !== null) failed.push(await explained(of, { only, flaws, shrinkRuns }, result.violation));
    progress?.(i + 1, failed);
  }
  return {
    runs: results.length,
    outcomes: counted(results.flatMap(({ outcomes }) => outcomes)),
    attempts: total(results.map(({ attempts }) => attempts)),
    events: total(results.map(({ events }) => events)),
    virtualMs: total(results.map(({ virtualMs }) => virtualMs)),
    happened: added(results.map(({ happened }) => happened)),
    failed,
  };
}

async function explained(
  choice: Choice,
  { only, flaws, shrinkRuns }: Required<Pick<Campaign, 'only' | 'flaws' | 'shrinkRuns'>>,
  violation: Violation,
): Promise<FailedSeed> {
  const ops = drawOps(choice);
  const small = await shrunk(choice, ops, violation.invariant, shrinkRuns, async (of, kept) => {
    return (await runOnce(of, kept, flaws)).violation?.invariant;
  });
  return {
    seed: choice.seed,
    violation,
    command: commandOf(choice, only),
    smallCommand: commandOf(small.choice, small.kept),
    operations: opsOf(small.choice, ops, small.kept).map(opText),
  };
}

/** What a person types to see this run again. */
function commandOf(
  { sites, rounds, seed, byzantine, enrolled, played }: Choice,
  only: readonly number[] | null,
): string {
  const parts = [`npm run simulate -- --sites ${sites} --rounds ${rounds} --seed ${seed} --byzantine ${byzantine}`];
  if (enrolled !== sites) parts.push(`--enrolled ${enrolled}`);
  if (played !== rounds) parts.push(`--played ${played}`);
  if (only !== null) parts.push(`--only '${only.join(',')}'`);
  return parts.join(' ');
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  return added(names.map((name) => ({ [name]: 1 })));
}

function added(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one))) sums[name] = (sums[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
