import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import {
  cohortHash,
  confirmationBytes,
  contextHash,
  firstDuplicate,
  maskedInputHash,
  shareHash,
} from '#shared/secagg/context';
import type { AttemptBinding } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const [north, south, west] = [siteId('north'), siteId('south'), siteId('west')];
const binding: AttemptBinding = {
  planHash: bytesOf('plan'),
  rosterHash: bytesOf('roster'),
  keyHash: bytesOf('key'),
  round: 3,
  cohort: [north, south, west],
  attempt: 0,
  modelHash: bytesOf('model'),
};

describe('T2, under which an upload is committed to', () => {
  it('names T1 and U2, in whatever order that is given, and nothing else gives it', () => {
    const of = (transcript: string, u2: readonly SiteId[]): string =>
      toHex(maskedInputHash(nodeCrypto, bytesOf(transcript), u2));
    assert.equal(of('T1', [west, north, south]), of('T1', [north, south, west]));
    assert.equal(
      new Set([
        of('T1', binding.cohort),
        of('T1', [north, south]),
        of('T1', [south, west]),
        of('another', binding.cohort),
      ]).size,
      4,
    );
  });
});

describe('context of an attempt', () => {
  it('does not depend on the order of the cohort', () => {
    const other = { ...binding, cohort: [west, north, south] };
    assert.deepEqual(contextHash(nodeCrypto, other), contextHash(nodeCrypto, binding));
  });

  it('differs as soon as one thing differs', () => {
    const others: readonly Partial<AttemptBinding>[] = [
      { planHash: bytesOf('another plan') },
      { rosterHash: bytesOf('another roster') },
      { keyHash: null },
      { round: 4 },
      { cohort: [north, south] },
      { attempt: 1 },
      { modelHash: bytesOf('another model') },
    ];
    const contexts = others.map((other) => toHex(contextHash(nodeCrypto, { ...binding, ...other })));
    assert.equal(new Set([...contexts, toHex(contextHash(nodeCrypto, binding))]).size, others.length + 1);
  });

  it('refuses a cohort that names a site twice', () => {
    assert.throws(() => cohortHash(nodeCrypto, [north, south, north]), { code: 'duplicateSite' });
    assert.equal(firstDuplicate([north, south]), undefined);
  });
});

describe('hash of a share', () => {
  it('binds the share to its dealer, holder, kind and attempt', () => {
    const name = { transcript: bytesOf('T1'), dealer: north, holder: south, kind: 'self-mask' } as const;
    const share = bytesOf('share');
    const hashes = [
      shareHash(nodeCrypto, name, share),
      shareHash(nodeCrypto, { ...name, transcript: bytesOf('another T1') }, share),
      shareHash(nodeCrypto, { ...name, dealer: south, holder: north }, share),
      shareHash(nodeCrypto, { ...name, holder: north }, share),
      shareHash(nodeCrypto, { ...name, kind: 'mask-key' }, share),
      shareHash(nodeCrypto, name, bytesOf('another share')),
    ];
    assert.equal(new Set(hashes.map(toHex)).size, hashes.length);
  });
});

describe('bytes of a confirmation', () => {
  const transcript = bytesOf('T1');
  const commitments = new Map([
    [south, bytesOf('upload of south')],
    [north, bytesOf('upload of north')],
  ]);

  it('do not depend on the order in which sites are given', () => {
    const reordered = new Map([...commitments].reverse());
    const bytes = confirmationBytes(transcript, [west, south, north], commitments);
    assert.deepEqual(confirmationBytes(transcript, [north, south, west], reordered), bytes);
  });

  it('tell a site that moved from U3 to U2 alone, and another commitment', () => {
    const bytes = confirmationBytes(transcript, [north, south], commitments);
    const fewer = new Map([...commitments].slice(0, 1));
    const changed = new Map(commitments).set(south, bytesOf('another upload'));
    assert.notDeepEqual(confirmationBytes(transcript, [north, south], fewer), bytes);
    assert.notDeepEqual(confirmationBytes(transcript, [north, south], changed), bytes);
  });
});
