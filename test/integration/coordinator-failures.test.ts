import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderPaths } from '#coordinator/identity/folder';
import { CoordinatorProcess, coordinatorCommand } from '../support/coordinator-process.ts';
import type { Ended } from '../support/coordinator-process.ts';
import { said } from '../support/in-process-coordinator.ts';
import { planText } from '../support/plan-text.ts';
import { enrolSites, foundConsortium, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

/** One line that ends with this code, and this exit code. */
function failed({ code, stderr }: Ended, exitCode: number, errorCode: string): void {
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, 1, stderr);
  assert(lines[0]?.endsWith(`[${errorCode}]`), stderr);
  assert.equal(code, exitCode);
}

/** A founded consortium in a temporary folder. */
async function founded(use: (dir: string) => Promise<void>, port = 0): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir, port);
    await use(dir);
  });
}

async function onFreePort(use: (port: number, free: () => Promise<void>) => Promise<void>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const free = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    await use((server.address() as AddressInfo).port, free); // listening on TCP
  } finally {
    server.close();
  }
}

describe('a coordinator that cannot do what it is told', () => {
  it('names the folder that init would overwrite, and leaves it alone [notEmpty]', async () => {
    await founded(async (dir) => {
      const before = readFileSync(folderPaths(dir).authorityKey, 'utf8');
      failed(await coordinatorCommand(['init', dir, '--name', 'Other']), 2, 'notEmpty');
      assert.equal(readFileSync(folderPaths(dir).authorityKey, 'utf8'), before);
    });
  });

  it('makes no folder from options that its own settings would refuse [badConfig]', async () => {
    await inTemporaryFolder(async (parent) => {
      const dir = join(parent, 'coordinator');
      failed(await coordinatorCommand(['init', dir, '--name', 'a "quoted" name']), 2, 'badConfig');
      assert.deepEqual(await readdir(parent), []);
    });
  });

  it('leaves nothing behind when the disk is full while it founds [diskFull]', async () => {
    await inTemporaryFolder(async (parent) => {
      const dir = join(parent, 'coordinator');
      failed(await coordinatorCommand(['init', dir, '--name', 'Test'], 'ulimit -f 0'), 4, 'diskFull');
      assert.deepEqual(await readdir(parent), []);
    });
  });

  it('says which port is taken and does not start [portTaken]', async () => {
    await onFreePort(async (port, free) => {
      await founded(async (dir) => {
        const refused = await coordinatorCommand(['serve', '--dir', dir]);
        failed(refused, 2, 'portTaken');
        assert(refused.stderr.includes(`127.0.0.1:${String(port)}`));
        await free();
        await (await CoordinatorProcess.start(dir)).stop();
      }, port);
    });
  });

  it('does not run twice on one folder [unavailable]', async () => {
    await founded(async (dir) => {
      const first = await CoordinatorProcess.start(dir);
      failed(await coordinatorCommand(['serve', '--dir', dir]), 4, 'unavailable');
      await first.stop();
    });
  });

  it('lists every setting that is wrong in one line [badConfig]', async () => {
    await founded(async (dir) => {
      const { settings } = folderPaths(dir);
      const text = readFileSync(settings, 'utf8');
      writeFileSync(
        settings,
        text.replace(/^port: .*$/m, 'port: 70000').replace(/^tokenHours: .*$/m, 'tokenHours: soon'),
      );
      const refused = await coordinatorCommand(['serve', '--dir', dir]);
      failed(refused, 2, 'badConfig');
      for (const part of [settings, 'port:', 'tokenHours:']) assert(refused.stderr.includes(part), refused.stderr);
    });
  });

  it('says that there is no consortium in a folder [noSuchFile], and no coordinator on one [unavailable]', async () => {
    await founded(async (dir) => {
      failed(await coordinatorCommand(['serve', '--dir', join(dir, 'nowhere')]), 2, 'noSuchFile');
      failed(await coordinatorCommand(['status', '--dir', dir]), 4, 'unavailable');
    });
  });

  it('says so when the coordinator was killed and left its address behind [unavailable]', async () => {
    await founded(async (dir) => {
      const killed = await CoordinatorProcess.start(dir);
      await killed.kill();
      assert(existsSync(folderPaths(dir).running));
      failed(await coordinatorCommand(['status', '--dir', dir]), 4, 'unavailable');
    });
  });

  it('refuses an unknown command, option or id [exit code 2]', async () => {
    for (const args of [
      ['fly'],
      ['status'],
      ['invite', 'North', '--dir', '.'],
      ['init', 'x', '--name', 'y', '--port', 'z'],
    ]) {
      assert.equal((await coordinatorCommand(args)).code, 2, args.join(' '));
    }
  });

  it('refuses a plan for two sites [tooFewSites], and one that is wrong, with all that is wrong [badPlan]', async () => {
    await founded(async (dir) => {
      const coordinator = await CoordinatorProcess.start(dir);
      const file = join(dir, 'plan.yaml');
      await enrolSites(coordinator, 2);
      writeFileSync(file, planText());
      failed(await coordinatorCommand(['plan', 'propose', file, '--dir', dir]), 2, 'tooFewSites');
      writeFileSync(file, planText({ rounds: 0, length: 0 }));
      const refused = await coordinatorCommand(['plan', 'propose', file, '--dir', dir]);
      failed(refused, 2, 'badPlan');
      for (const part of ['rounds:', 'model.0.shape.0:']) assert(refused.stderr.includes(part), refused.stderr);
      failed(await coordinatorCommand(['plan', 'propose', join(dir, 'none.yaml'), '--dir', dir]), 2, 'noSuchFile');
      failed(await coordinatorCommand(['plan', 'show', '--dir', dir]), 3, 'notFound');
      await coordinator.stop();
    });
  });
});

describe('a disk that is full', () => {
  const fullAt = (kib: number): string => `ulimit -f ${kib}`; // no file may grow beyond

  it('while writing the journal stops the coordinator with one line, and it goes on when there is room [diskFull]', async () => {
    await onFreePort(async (port, free) => {
      await free();
      await founded(async (dir) => {
        const first = await CoordinatorProcess.start(dir);
        const enrolled = await enrolSites(first, 3);
        await proposePlan(dir, { rounds: 20, length: 100 });
        const sites = enrolled.map(
          (site) => new SimulatedSite(site, { vector: (_, { wordCount }) => new Uint32Array(wordCount).fill(1) }),
        );
        for (const site of sites) await site.approve();
        await first.stop();

        const limited = await CoordinatorProcess.start(dir, fullAt(300));
        for (const site of sites) site.connect();
        const { code, stderr } = await limited.ended;
        assert.equal(code, 4);
        const lines = stderr
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('{')); // diagnostics are JSON
        assert.equal(lines.length, 1, stderr);
        assert.match(lines[0] ?? '', /coordinator\.sqlite: the disk is full.*\[diskFull\]$/);
        assert.equal(checked(dir), 'ok');

        const again = await CoordinatorProcess.start(dir);
        await again.line(({ kind }) => kind === 'finished');
        const closed = again.lines.filter(({ kind }) => kind === 'roundClosed');
        assert(closed.every(({ outcome }) => outcome === 'accepted'));
        for (const site of sites) site.stop();
        await again.stop();
      }, port);
    });
  });

  it('while taking an upload refuses the chunk and keeps nothing of it [diskFull]', async () => {
    await founded(async (dir) => {
      const coordinator = await CoordinatorProcess.start(dir, fullAt(900));
      const refused = Promise.withResolvers<unknown>();
      const enrolled = await enrolSites(coordinator, 3);
      const length = 500_000; // in 18 bits 1,125,000 bytes, in one chunk
      await proposePlan(dir, { length, chunkBytes: 18 * 70_000 });
      const sites = enrolled.map(
        (site) =>
          new SimulatedSite(site, {
            vector: () => new Uint32Array(length),
            uploads: async ({ calls }, chunks, commitment) => {
              await calls.untilExpected({ round: 1, commitment });
              await calls
                .upload({ round: 1, commitment }, new Map(chunks.entries()))
                .then(refused.reject, refused.resolve);
            },
          }),
      );
      for (const site of sites) await site.approve();
      for (const site of sites) site.connect();
      assert(said('diskFull')(await refused.promise));
      for (const site of sites) site.stop();
      await coordinator.stop();
      const left = await readdir(folderPaths(dir).uploads, { recursive: true });
      assert.deepEqual(
        left.filter((name) => /chunk|part/.test(name)),
        [],
      );
    });
  });
});

function checked(dir: string): unknown {
  const db = new DatabaseSync(folderPaths(dir).database);
  try {
    return db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    db.close();
  }
}
