import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '#client/agent/progress';
import type { Ended, ProgramProcess } from '../support/program-process.ts';
import { found, WholeFederation } from '../support/whole-federation.ts';

/** Less than any deadline of a call, so that one that is waited for fails the test; far more than an agent needs to start and end. */
const limitMs = 25_000;

describe('an agent that is asked to end', function () {
  this.timeout(limitMs);
  let parent: string;
  let founded: string;
  let running: WholeFederation;

  before(async function () {
    this.timeout(120_000);
    parent = await mkdtemp(join(tmpdir(), 'stop-'));
    founded = join(parent, 'founded');
    await found(founded, 1);
  });
  beforeEach(async () => {
    running = await WholeFederation.start(founded, { sites: [] });
  });
  afterEach(async () => {
    await running.stop();
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  function assertEnded({ code, stderr }: Ended): void {
    assert.equal(code, 0, stderr);
  }

  async function inSession(): Promise<ProgramProcess<Progress>> {
    const agent = running.startSite('south');
    await agent.line((said) => said.kind === 'connected');
    return agent;
  }

  it('does so while it waits for the others', async () => {
    assertEnded(await (await inSession()).stop());
  });

  it('does so while its trainer starts', async () => {
    const agent = running.startSite('south');
    await agent.line((said) => said.kind === 'plan');
    assertEnded(await agent.stop());
  });

  it('does so when its coordinator was killed', async () => {
    const agent = await inSession();
    await running.coordinator.kill();
    await agent.line((said) => said.kind === 'disconnected');
    assertEnded(await agent.stop());
  });

  it('does so when its coordinator hangs in the middle of a session', async () => {
    const agent = await inSession();
    running.coordinator.freeze();
    assertEnded(await agent.stop());
  });

  it('does so when there is no coordinator from the beginning', async () => {
    await running.coordinator.stop();
    const agent = running.startSite('south');
    await agent.line((said) => said.kind === 'waiting');
    assertEnded(await agent.stop());
  });

  it('does so when what listens in place of the coordinator never answers', async () => {
    const { main } = running.coordinator.ports;
    await running.coordinator.stop();
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => socket.destroy())));
    try {
      silent.listen(main, '127.0.0.1');
      const agent = running.startSite('south');
      await once(silent, 'connection');
      assertEnded(await agent.stop());
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });
});
