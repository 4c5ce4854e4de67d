import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SiteMessage } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { decodeSiteMessage, decodeUploadPart } from '#shared/wire/decode';
import { siteFolder } from '../../scripts/start/federation.ts';
import { crashing, hasHappened } from '../support/crash/plan.ts';
import type { CrashPoint } from '../support/crash/plan.ts';
import type { RecordedMessage, RecordingProxy } from '../support/recording-proxy.ts';
import { tapSite } from '../support/tap-site.ts';
import { found, WholeFederation } from '../support/whole-federation.ts';

/** As many as a round has entries in a site's journal, its opening among them and no refusals: each is crashed at another. */
const rounds = 13;
const victim = 'south';
const others = ['north', 'west'] as const;

/** Hashes: the model folded from the aggregate of every round, and the last one at every site. An encrypted aggregate is never the same twice. */
interface Outcome {
  readonly folded: readonly string[];
  readonly models: readonly string[];
}

describe('a hospital that is killed at every entry of its journal', function () {
  this.timeout(600_000);
  let parent: string;
  let founded: string;

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'crash-'));
    founded = join(parent, 'founded');
    const deadlines = ['--training-ms', '--phase-ms', '--unmask-ms'].flatMap((option) => [option, '600000']);
    await found(founded, rounds, deadlines);
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  /** Runs a copy of the study; `run` sees the victim through to its end. */
  async function outcomeOf(run: (federation: WholeFederation) => Promise<void>): Promise<Outcome> {
    const federation = await WholeFederation.start(founded, { sites: others });
    try {
      await run(federation);
      const models = await federation.finish();
      const { lines } = federation.site('north');
      return { models, folded: lines.flatMap((said) => (said.kind === 'round' ? [said.modelHash] : [])) };
    } finally {
      await federation.stop();
    }
  }

  it('comes to the same aggregates and models as undisturbed, and says nothing in two ways', async () => {
    let fewestEntries = 0;
    const undisturbed = await outcomeOf(async (federation) => {
      await federation.startSite(victim).ended;
      fewestEntries = await shortestJournal(siteFolder(federation, victim));
    });
    assert.equal(fewestEntries, rounds, 'no entry is left out');
    assert.equal(new Set(undisturbed.folded).size, rounds);
    assert.equal(new Set(undisturbed.models).size, 1);
    const marks = join(parent, 'crashes');
    await mkdir(marks);
    const entries = Array.from({ length: rounds }, (_, i) => i + 1);
    const points = entries.flatMap((entry): CrashPoint[] => [
      { round: entry, entry, moment: 'before' },
      { round: entry, entry, moment: 'after' },
    ]);
    const node = crashing('site', { folder: marks, points });
    let proxy: RecordingProxy | undefined;
    const crashed = await outcomeOf(async (federation) => {
      const dir = siteFolder(federation, victim);
      proxy = await tapSite(federation.coordinator.dir, federation.coordinator.ports.main, dir);
      for (;;) {
        const { code, stderr } = await federation.startSite(victim, node).ended;
        if (code === 0) break;
        assert.equal(code, null, `it ended by itself: ${stderr}`);
      }
    });
    await proxy?.close();
    const missed = points.filter((point) => !hasHappened(marks, point));
    assert.deepEqual(missed, [], 'every crash has happened');
    assert.deepEqual(crashed, undisturbed);
    const up = (proxy?.messages ?? []).filter(({ direction }) => direction === 'up');
    assertSaidOnce(up);
    assertSentOnce(up);
  });
});

/** Of all rounds of the site. */
async function shortestJournal(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true });
  const journals = names.filter((name) => /\/\d+\/journal$/.test(name));
  const texts = await Promise.all(journals.map((name) => readFile(join(dir, name), 'utf8')));
  return Math.min(...texts.map((text) => text.split('\n').length - 1));
}

/** Of every signed message, the confirmation and the unmask answer among them, one value under a ctx. */
function assertSaidOnce(up: readonly RecordedMessage[]): void {
  const sessions = up.filter(({ path }) => path.endsWith('/Session'));
  const said = new Map<string, Set<string>>();
  for (const { bytes } of sessions) {
    const message = decodeSiteMessage(bytes);
    if (!('context' in message)) continue;
    const key = `${message.kind} ${toHex(message.context)}`;
    said.set(key, (said.get(key) ?? new Set()).add(toHex(bytes)));
  }
  for (const [key, values] of said) assert.equal(values.size, 1, key);
  const roundsWith = (kind: SiteMessage['kind']): number =>
    [...said.keys()].filter((key) => key.startsWith(`${kind} `)).length;
  for (const kind of ['advertisement', 'keyShares', 'uploadCommitment'] as const)
    assert.equal(roundsWith(kind), rounds);
  // The others can go on without it.
  for (const kind of ['confirmation', 'unmaskAnswer'] as const) assert(roundsWith(kind) > rounds / 2, kind);
}

/** Of every chunk, one value under a commitment. */
function assertSentOnce(up: readonly RecordedMessage[]): void {
  const chunks = new Map<string, Set<string>>();
  let header = '';
  for (const { bytes } of up.filter(({ path }) => path.endsWith('/Upload'))) {
    const part = decodeUploadPart(bytes);
    if (part.kind === 'header') header = toHex(part.commitment);
    else {
      const key = `${header} ${part.index}`;
      chunks.set(key, (chunks.get(key) ?? new Set()).add(toHex(part.data)));
    }
  }
  assert(chunks.size >= rounds);
  for (const [key, values] of chunks) assert.equal(values.size, 1, key);
}
