import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderPaths } from '#coordinator/identity/folder';
import { nodeCrypto } from '#shared/crypto/node';
import type { CoordinatorMessage } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { encodeCoordinatorMessage } from '#shared/wire/encode';
import { CoordinatorProcess } from '../support/coordinator-process.ts';
import { crashing, hasHappened } from '../support/crash/plan.ts';
import type { CrashPoint } from '../support/crash/plan.ts';
import { freePort } from '../support/free-port.ts';
import { enrolSites, foundConsortium, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

const length = 100;
const schedule = 'waitMs: 600000, trainingMs: 600000, phaseMs: 600000, unmaskMs: 600000';
/** As many as a round of three sites has entries at most, for what comes late is not taken: each is crashed at another. */
const rounds = 27;
/** What the coordinator signs, or what its signatures are over: one value of each in a round, however often it is said. */
const saidOnce: readonly CoordinatorMessage['kind'][] = [
  'roundOpened',
  'advertisements',
  'routedShares',
  'receipt',
  'confirmRequest',
  'unmaskRequest',
  'aggregatePublished',
  'roundClosed',
];

/** Site i says 2^i times the round in every word. */
function vectorOf(index: number): (round: number) => Uint32Array {
  return (round) => new Uint32Array(length).fill(round * 2 ** index);
}

/** The sum of three, whose models are a chain of hashes over it. */
function aggregateOf(round: number): Uint8Array {
  return new Uint8Array(new Uint32Array(length).fill(7 * round).buffer);
}

/** Starts the coordinator again and again until the study is finished. */
async function throughCrashes(dir: string, node: ReturnType<typeof crashing>): Promise<CoordinatorProcess> {
  for (;;) {
    const running = CoordinatorProcess.launch(dir, node);
    const isFinished = running
      .line(({ kind }) => kind === 'finished')
      .then(
        () => true,
        () => false,
      );
    if (await isFinished) return running;
    const { code, stderr } = await running.ended;
    assert.equal(code, null, `it ended by itself: ${stderr}`);
  }
}

function entryCounts(dir: string): readonly number[] {
  const db = new DatabaseSync(folderPaths(dir).database, { readOnly: true });
  try {
    const rows = db.prepare('SELECT count(*) AS count FROM event GROUP BY round_id ORDER BY round_id').all();
    return rows.map((row) => Number(row['count']));
  } finally {
    db.close();
  }
}

describe('a coordinator that is killed at every entry of its journal', function () {
  this.timeout(600_000);

  it('comes to the same aggregates and models, and says nothing in two ways, whether an entry was flushed or not', async () => {
    await inTemporaryFolder(async (parent) => {
      const dir = join(parent, 'coordinator');
      const marks = join(parent, 'crashes');
      await mkdir(marks);
      await foundConsortium(dir, await freePort());
      const founding = await CoordinatorProcess.start(dir);
      const enrolled = await enrolSites(founding, 3);
      const sites = enrolled.map((site, i) => new SimulatedSite(site, { vector: vectorOf(i) }));
      await proposePlan(dir, { rounds, length, chunkBytes: 18 * 16, schedule });
      for (const site of sites) await site.approve();
      await founding.stop();
      const entries = Array.from({ length: rounds }, (_, i) => i + 1);
      const points = entries.flatMap((entry): CrashPoint[] => [
        { round: entry, entry, moment: 'before' },
        { round: entry, entry, moment: 'after' },
      ]);
      for (const site of sites) site.connect();
      const coordinator = await throughCrashes(dir, crashing('coordinator', { folder: marks, points }));
      try {
        for (const site of sites) await site.until(() => site.closed.length === rounds);
        assertSums(sites);
        for (const { messages } of sites) assertSaidOnce(messages);
      } finally {
        for (const site of sites) site.stop();
        await coordinator.stop();
      }
      const counts = entryCounts(dir);
      const missed = points.filter((point) => !hasHappened(marks, point));
      assert.deepEqual(
        missed.filter(({ round, entry }) => entry <= counts[round - 1]!),
        [],
        'every crash has happened',
      );
      assert(Math.max(...counts) <= rounds, 'no entry is left out');
      assert(missed.length <= 6, 'what may come late is three messages');
    });
  });
});

function assertSums(sites: readonly SimulatedSite[]): void {
  let model: Uint8Array = new Uint8Array(32).fill(0xcd);
  for (let round = 1; round <= rounds; round++) {
    model = nodeCrypto.sha256(model, aggregateOf(round));
    for (const { aggregates, closed } of sites) {
      assert.deepEqual(aggregates.get(round), aggregateOf(round));
      assert.equal(closed[round - 1]?.outcome, 'accepted');
      assert.equal(toHex(closed[round - 1]!.modelHash), toHex(model));
    }
  }
}

function assertSaidOnce(messages: readonly CoordinatorMessage[]): void {
  for (const kind of saidOnce) {
    const said = messages.filter((message) => message.kind === kind);
    assert(said.length > 0, kind);
    for (let round = 1; round <= rounds; round++) {
      const ofRound = said.filter((message) => 'round' in message && message.round === round);
      const distinct = new Set(ofRound.map((message) => toHex(encodeCoordinatorMessage(message))));
      assert(distinct.size <= 1, `${kind} of round ${round} has been said in ${distinct.size} ways`);
    }
  }
}
