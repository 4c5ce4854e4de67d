import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoundFiles } from '#client/agent/round-files';
import { nodeCrypto } from '#shared/crypto/node';
import { openRound } from '#shared/secagg/round-opened';
import type { SiteEvent } from '#shared/secagg/types';
import { bytesOf } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

function attemptOpened(attempt: number): SiteEvent {
  const [maskPrivateKey, channelPrivateKey, selfMaskSeed] = ['mask', 'channel', 'seed'].map((name) =>
    bytesOf(`${name} of attempt ${attempt}`),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  return { kind: 'attemptOpened', attempt, secrets: { maskPrivateKey, channelPrivateKey, selfMaskSeed } };
}

describe('the files of a round', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'round-files-'));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it('never write one secret over another, also after the disk has refused one', () => {
    const folder = join(parent, '1');
    const files = RoundFiles.begin(folder, openRound(study({ count: 3 }).coordinator, nodeCrypto));
    renameSync(folder, `${folder}-away`);
    assert.throws(() => {
      files.append(attemptOpened(0));
    });
    renameSync(`${folder}-away`, folder);
    files.append(attemptOpened(0));
    RoundFiles.resume(folder)?.files.append(attemptOpened(1));
    assert.deepEqual(RoundFiles.resume(folder)?.events, [attemptOpened(0), attemptOpened(1)]);
  });
});
