import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { SiteMessage } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { CoordinatorProcess, coordinatorCommand } from '../support/coordinator-process.ts';
import { said } from '../support/in-process-coordinator.ts';
import type { PlanChoice } from '../support/plan-text.ts';
import { enrolSites, foundConsortium, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import type { SimulatedSiteOptions } from '../support/simulated-site.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

const length = 1000;

/** Site i says 2^i in every word, times the round: a sum names the sites in it. */
function vectorOf(index: number): SimulatedSiteOptions['vector'] {
  return (round, { wordCount }) => new Uint32Array(wordCount).fill(round * 2 ** index);
}

interface Running {
  readonly coordinator: CoordinatorProcess;
  readonly sites: readonly SimulatedSite[];
}

interface Scene {
  readonly count: number;
  readonly plan: PlanChoice;
  readonly options?: (index: number) => Partial<SimulatedSiteOptions>;
  /** So many of the sites are not connected, the last ones. */
  readonly late?: number;
}

/** A coordinator process and sites that have approved and are connected. */
async function inScene(scene: Scene, use: (running: Running) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir);
    const coordinator = await CoordinatorProcess.start(dir);
    const sites: SimulatedSite[] = [];
    try {
      for (const [i, enrolled] of (await enrolSites(coordinator, scene.count)).entries()) {
        sites.push(new SimulatedSite(enrolled, { vector: vectorOf(i), ...scene.options?.(i) }));
      }
      await proposePlan(dir, { maxSites: scene.count, length, chunkBytes: 18 * 16, ...scene.plan });
      for (const site of sites) await site.approve();
      for (const site of sites.slice(0, scene.count - (scene.late ?? 0))) site.connect();
      await use({ coordinator, sites });
    } finally {
      for (const site of sites) site.stop();
      await coordinator.stop();
    }
  });
}

function words(aggregate: Uint8Array | undefined): readonly number[] {
  return [...new Uint32Array((aggregate ?? new Uint8Array(0)).slice().buffer)];
}

function isSum(aggregate: Uint8Array | undefined, word: number): boolean {
  return words(aggregate).length === length && words(aggregate).every((found) => found === word);
}

/** Short where a deadline has to pass, so that no test waits long. */
const impatient = 'waitMs: 60000, trainingMs: 60000, phaseMs: 1500, unmaskMs: 60000';

describe('rounds over real connections', () => {
  it('end with the exact sum, one after the other, as the plan says', async () => {
    await inScene({ count: 4, plan: { rounds: 2 } }, async ({ coordinator, sites }) => {
      await coordinator.line(({ kind }) => kind === 'finished');
      for (const site of sites) await site.until(() => site.closed.length === 2);
      for (const site of sites) {
        assert(isSum(site.aggregates.get(1), 15));
        assert(isSum(site.aggregates.get(2), 30));
      }
      const models = sites.flatMap(({ closed }) => closed.map(({ modelHash }) => toHex(modelHash)));
      assert.equal(new Set(models).size, 2);
      const rounds = await sites[0]!.calls.getRounds(2);
      assert.deepEqual(
        rounds.map(({ closed, published }) => [closed.outcome, published?.u3.length]),
        [['accepted', 4]],
      );
    });
  });

  const losses: Readonly<Record<string, readonly [before: SiteMessage['kind'], sum: number]>> = {
    'before it is ready': ['ready', 7],
    'before its keys': ['advertisement', 7],
    'before its shares': ['keyShares', 7],
    'before its commitment': ['uploadCommitment', 7],
    'before it confirms': ['confirmation', 15],
    'before it answers': ['unmaskAnswer', 15],
    'before its vote': ['modelSignature', 15],
  };
  for (const [when, [before, sum]] of Object.entries(losses)) {
    it(`give the sum of those that are left when one of four is lost ${when}`, async () => {
      let dead = false;
      const dies = (message: SiteMessage): boolean => {
        dead ||= message.kind === before;
        return !dead;
      };
      const plan = { schedule: impatient.replace('trainingMs: 60000', 'trainingMs: 1500') };
      const options = (index: number) => (index === 3 ? { sends: dies } : {});
      await inScene({ count: 4, plan, options }, async ({ coordinator, sites }) => {
        await coordinator.line(({ kind }) => kind === 'finished');
        for (const site of sites.slice(0, 3)) {
          await site.until(() => site.closed.length === 1);
          assert.equal(site.closed[0]?.outcome, 'accepted');
          assert(isSum(site.aggregates.get(1), sum));
        }
      });
    });
  }

  it('fail with a reason below the quorum, and the model stays', async () => {
    const plan = { schedule: 'waitMs: 60000, trainingMs: 1000, phaseMs: 1000, unmaskMs: 1000' };
    const options = (index: number) => (index > 1 ? { sends: () => false } : {});
    await inScene({ count: 4, plan, options }, async ({ sites }) => {
      const [first] = sites;
      await first!.until(() => first!.closed.length === 1);
      assert.equal(first!.closed[0]?.outcome, 'belowQuorum');
      assert.equal(toHex(first!.closed[0].modelHash), 'cd'.repeat(32));
    });
  });

  it('take up an upload where it was cut, and send nothing twice', async () => {
    const asked: number[][] = [];
    const options = (index: number): Partial<SimulatedSiteOptions> =>
      index !== 0
        ? {}
        : {
            uploads: async ({ calls }, chunks, commitment) => {
              const name = { round: 1, commitment };
              let present: readonly number[] = [];
              const twoAreThere = async (): Promise<void> => {
                while (present.length < 2) present = await calls.uploadStatus(name);
              };
              const two = new Map([...chunks.entries()].slice(0, 2));
              await assert.rejects(calls.upload(name, two, twoAreThere));
              asked.push([...present]);
              const rest = [...chunks.entries()].filter(([i]) => !present.includes(i));
              assert.equal(await calls.upload(name, new Map(rest)), chunks.length);
              assert.equal((await calls.uploadStatus(name)).length, chunks.length);
            },
          };
    await inScene({ count: 3, plan: {}, options }, async ({ coordinator, sites }) => {
      await coordinator.line(({ kind }) => kind === 'finished');
      assert.deepEqual(asked, [[0, 1]]);
      await sites[0]!.until(() => sites[0]!.closed.length === 1);
      assert(isSum(sites[0]!.aggregates.get(1), 7));
    });
  });

  it('refuse an upload that is not what was committed to, name its sender and go on [commitmentMismatch]', async () => {
    const refused: unknown[] = [];
    const options = (index: number): Partial<SimulatedSiteOptions> =>
      index !== 3
        ? {}
        : {
            uploads: async ({ calls }, chunks, commitment) => {
              const changed = chunks.map((chunk, i) => (i === 0 ? chunk.map((byte) => byte ^ 1) : chunk));
              await calls.upload({ round: 1, commitment }, new Map(changed.entries())).catch((error: unknown) => {
                refused.push(error);
              });
            },
          };
    await inScene({ count: 4, plan: { schedule: impatient }, options }, async ({ coordinator, sites }) => {
      await coordinator.line(({ kind }) => kind === 'finished');
      await sites[0]!.until(() => sites[0]!.closed.length === 1);
      assert(said('commitmentMismatch')(refused[0]));
      assert(isSum(sites[0]!.aggregates.get(1), 7));
      assert.deepEqual(sites[0]!.closed[0]?.culprits, ['site-03']);
    });
  });

  it('refuse chunks of another length, of another place and of an upload that nobody expects', async () => {
    const refused: unknown[] = [];
    const keep = (error: unknown): void => {
      refused.push(error);
    };
    const options = (index: number): Partial<SimulatedSiteOptions> =>
      index !== 0
        ? {}
        : {
            uploads: async ({ calls }, chunks, commitment) => {
              const name = { round: 1, commitment };
              await calls.upload(name, new Map([[0, new Uint8Array(5)]])).catch(keep);
              await calls.upload(name, new Map([[chunks.length, chunks[0]!]])).catch(keep);
              await calls.upload({ ...name, round: 2 }, new Map()).catch(keep);
              await calls.uploadStatus({ ...name, commitment: new Uint8Array(96) }).catch(keep);
              await calls.upload(name, new Map(chunks.entries()));
            },
          };
    await inScene({ count: 3, plan: {}, options }, async ({ coordinator }) => {
      await coordinator.line(({ kind }) => kind === 'finished');
      const codes = ['wrongLength', 'outOfRange', 'wrongPhase', 'wrongPhase'] as const;
      assert(
        codes.every((code, i) => said(code)(refused[i])),
        String(refused),
      );
    });
  });

  it('are shown by the commands, and can be cancelled', async () => {
    const silent = { sends: () => false };
    await inScene({ count: 3, plan: {}, options: () => silent }, async ({ coordinator: { dir }, coordinator }) => {
      await coordinator.line(({ kind }) => kind === 'roundOpened');
      const shown = await coordinatorCommand(['round', 'status', '--dir', dir, '--json', '-']);
      const [round] = JSON.parse(shown.stdout) as readonly Readonly<Record<string, unknown>>[];
      assert.deepEqual([round?.['round'], round?.['phase'], round?.['outcome']], [1, 'training', null]);
      assert.equal((await coordinatorCommand(['round', 'cancel', '--dir', dir, '--quiet'])).code, 0);
      const closed = await coordinator.line(({ kind }) => kind === 'roundClosed');
      assert.equal(closed['outcome'], 'cancelled');
      const again = await coordinatorCommand(['round', 'cancel', '--dir', dir]);
      assert.deepEqual([again.code, again.stderr.includes('[notFound]')], [2, true]);
    });
  });

  it('are told to a site that came while the last one was open', async () => {
    const scene = { count: 4, late: 1, plan: { schedule: impatient.replace('waitMs: 60000', 'waitMs: 100') } };
    await inScene({ ...scene, options: () => ({ sends: () => false }) }, async ({ coordinator, sites }) => {
      await coordinator.line(({ kind }) => kind === 'roundOpened');
      const late = sites[3]!;
      late.connect();
      await coordinator.line(({ kind, site }) => kind === 'connected' && site === late.enrolled.site);
      assert.equal((await coordinatorCommand(['round', 'cancel', '--dir', coordinator.dir, '--quiet'])).code, 0);
      await late.until(() => late.messages.some(({ kind }) => kind === 'roundClosed'));
    });
  });
});
