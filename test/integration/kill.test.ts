import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '#client/agent/progress';
import type { CoordinatorState } from '#shared/secagg/types';
import type { ServeLine } from '../support/coordinator-process.ts';
import { found, WholeFederation } from '../support/whole-federation.ts';
import type { ShownRound } from '../support/whole-federation.ts';

const coordinatorPhases: readonly CoordinatorState['phase'][] = [
  'training',
  'advertiseKeys',
  'shareKeys',
  'maskedInput',
  'confirmSurvivors',
  'unmask',
  'combining',
  'summing',
  'modelSignatures',
  'closed',
];
/** One for each kill, and one that nobody disturbs. */
const rounds = coordinatorPhases.length + 1;

/** In the phase of the round, or beyond it should the line have been read late. */
function reached(round: number, phase: string): (said: Progress | ServeLine) => boolean {
  return (said) =>
    said.kind === 'phase' && (Number(said.round) > round || (said.round === round && said.phase === phase));
}

/** Aggregates are encrypted, and so are other bytes in every run; equal models are equal sums. */
interface Outcome {
  readonly models: readonly string[];
  readonly rounds: readonly Pick<ShownRound, 'round' | 'outcome'>[];
}

describe('a federation whose programs are killed with kill -9', () => {
  let parent: string;
  let founded: string;
  let undisturbed: Outcome;
  let running: WholeFederation | undefined;

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'kill-'));
    founded = join(parent, 'founded');
    await found(founded, rounds, ['--encryption', 'none']); // an encrypted aggregate is never the same twice
    undisturbed = await outcomeOf(async () => Promise.resolve());
  });
  afterEach(async () => {
    await running?.stop();
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  async function outcomeOf(disturb: (federation: WholeFederation) => Promise<void>): Promise<Outcome> {
    running = await WholeFederation.start(founded);
    await disturb(running);
    const models = await running.finish();
    const shown = await running.rounds();
    return { models, rounds: shown.map(({ round, outcome }) => ({ round, outcome })) };
  }

  it('ends with one model everywhere when nobody is killed', () => {
    assert.equal(undisturbed.rounds.length, rounds);
    assert(undisturbed.rounds.every(({ outcome }) => outcome === 'accepted'));
    assert.equal(new Set(undisturbed.models).size, 1);
  });

  it('comes to the same sums and the same model when the coordinator is killed in every phase', async () => {
    const outcome = await outcomeOf(async (federation) => {
      for (const [i, phase] of coordinatorPhases.entries()) {
        await federation.coordinator.line(reached(i + 1, phase));
        await federation.coordinator.kill();
        await federation.startCoordinator();
      }
    });
    assert.deepEqual(outcome, undisturbed);
  });

  it('loses a round by name when a hospital stays away longer than the plan waits, and goes on when it is back', async () => {
    const impatient = join(parent, 'impatient');
    await found(impatient, 2, ['--training-ms', '5000']);
    running = await WholeFederation.start(impatient);
    await running.site('south').line(reached(1, 'training'));
    await running.site('south').kill();
    await running.coordinator.line(({ kind }) => kind === 'roundClosed');
    running.startSite('south');
    const models = await running.finish();
    assert.deepEqual(
      (await running.rounds()).map(({ outcome }) => outcome),
      ['belowQuorum', 'accepted'],
    );
    assert.equal(new Set(models).size, 1);
  });
});
