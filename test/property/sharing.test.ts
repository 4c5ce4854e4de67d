import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeCrypto } from '#shared/crypto/node';
import { combineShares, splitSecret } from '#shared/crypto/shamir';
import { selfMaskCommitment, shareHash } from '#shared/secagg/context';
import { checkCombined, matchShares } from '#shared/secagg/recover';
import type { SharedSecret } from '#shared/secagg/recover';
import { bytesOf, siteId } from '../support/secrets.ts';

const dealer = siteId('dealer');
const transcript = bytesOf('T1');
const kind = 'self-mask';

/** A dealing, and which of its holders answer: some `threshold` of them first. */
const dealings = fc
  .record({
    secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    holders: fc.integer({ min: 2, max: 12 }),
  })
  .chain(({ secret, holders }) =>
    fc.record({
      secret: fc.constant(secret),
      threshold: fc.integer({ min: 2, max: holders }),
      order: fc.shuffledSubarray([...Array(holders).keys()], { minLength: holders, maxLength: holders }),
    }),
  );

describe('shares of a secret', () => {
  it('give it back from any threshold of them, and with one fewer give what does not verify', async () => {
    await fc.assert(
      fc.asyncProperty(dealings, async ({ secret, threshold, order }) => {
        const shares = await splitSecret(secret, order.length, threshold);
        const answers = order.map((i) => ({ site: siteId(`site-${String(i)}`), share: shares[i]! }));
        const signed: SharedSecret = {
          transcript,
          dealer,
          kind,
          threshold,
          shareHashes: new Map(
            answers.map(({ site, share }) => [
              site,
              shareHash(nodeCrypto, { transcript, dealer, holder: site, kind }, share),
            ]),
          ),
          commitment: selfMaskCommitment(nodeCrypto, secret),
        };
        const matched = matchShares(nodeCrypto, signed, answers.slice(0, threshold));
        assert(matched.kind === 'matched');
        const recovered = checkCombined(nodeCrypto, signed, [], await combineShares(matched.shares));
        assert.deepEqual(recovered, { kind: 'recovered', secret, culprits: [] });

        assert.equal(matchShares(nodeCrypto, signed, answers.slice(1, threshold)).kind, 'failed');
        if (threshold === 2) return; // one share alone cannot even be combined
        const fewer = await combineShares(shares.slice(0, threshold - 1));
        assert.equal(checkCombined(nodeCrypto, signed, [], fewer).kind, 'failed');
      }),
      { numRuns: 60 },
    );
  });
});
