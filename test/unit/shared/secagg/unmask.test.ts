import assert from 'node:assert/strict';
import { InvariantError } from '#shared/errors';
import { kindToReveal, shareToReveal, standingOf } from '#shared/secagg/unmask';
import type { Standing } from '#shared/secagg/unmask';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const dealer = siteId('dealer');
const held = { 'self-mask': bytesOf('share of b'), 'mask-key': bytesOf('share of s_sk') };

describe('the share that a site reveals', () => {
  it('is that of b of a survivor, and nothing else of it', () => {
    assert.deepEqual(shareToReveal(dealer, 'survivor', held), {
      of: dealer,
      kind: 'self-mask',
      share: held['self-mask'],
    });
  });

  it('is that of s_sk of a dropout, and nothing else of it', () => {
    assert.deepEqual(shareToReveal(dealer, 'dropout', held), { of: dealer, kind: 'mask-key', share: held['mask-key'] });
  });

  it('is never of both kinds: a site stands in one place', () => {
    const standings: readonly Standing[] = ['survivor', 'dropout'];
    assert.equal(new Set(standings.map(kindToReveal)).size, standings.length);
    assert.equal(standingOf(dealer, new Set([dealer])), 'survivor');
    assert.equal(standingOf(dealer, new Set([siteId('another')])), 'dropout');
    assert.equal(standingOf(dealer, new Set()), 'dropout');
  });

  it('does not exist for a standing that the types do not know', () => {
    assert.throws(() => shareToReveal(dealer, 'both' as Standing, held), InvariantError);
  });
});
