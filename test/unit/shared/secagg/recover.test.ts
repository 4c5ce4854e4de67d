import assert from 'node:assert/strict';
import { combineShares, splitSecret } from '#shared/crypto/shamir';
import { nodeCrypto } from '#shared/crypto/node';
import { selfMaskCommitment, shareHash } from '#shared/secagg/context';
import { checkCombined, matchShares } from '#shared/secagg/recover';
import type { AnsweredShare, MatchedShares, RecoveryFailure, SharedSecret } from '#shared/secagg/recover';
import type { ShareKind } from '#shared/secagg/types';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const dealer = siteId('dealer');
const holders = ['dealer', 'east', 'north', 'south', 'west'].map(siteId);
const transcript = bytesOf('T1');
const secret = bytesOf('secret');

interface Dealt {
  readonly signed: SharedSecret;
  readonly answers: readonly AnsweredShare[];
}

/** What a dealer signs, and what its holders answer, when these are the shares that it deals. */
function dealt(shares: readonly Uint8Array[], kind: ShareKind = 'self-mask'): Dealt {
  const answers = shares.map((share, i) => ({ site: holders[i]!, share }));
  const shareHashes = new Map(
    answers.map(({ site, share }) => [site, shareHash(nodeCrypto, { transcript, dealer, holder: site, kind }, share)]),
  );
  const commitment = kind === 'self-mask' ? selfMaskCommitment(nodeCrypto, secret) : nodeCrypto.x25519PublicKey(secret);
  return { signed: { transcript, dealer, kind, threshold: 3, shareHashes, commitment }, answers };
}

async function honest(kind: ShareKind = 'self-mask'): Promise<Dealt> {
  return dealt(await splitSecret(secret, 5, 3), kind);
}

function changed(answers: readonly AnsweredShare[], ...liars: readonly number[]): readonly AnsweredShare[] {
  return answers.map(({ site, share }, i) => ({
    site,
    share: liars.includes(i) ? share.with(3, share[3]! ^ 1) : share,
  }));
}

function matched(result: MatchedShares | RecoveryFailure): MatchedShares {
  assert(result.kind === 'matched', result.kind === 'failed' ? result.code : '');
  return result;
}

describe('recovering a secret', () => {
  for (const kind of ['self-mask', 'mask-key'] as const) {
    it(`gives a ${kind} that is what its dealer committed to`, async () => {
      const { signed, answers } = await honest(kind);
      const { shares, culprits } = matched(matchShares(nodeCrypto, signed, answers.slice(1, 4)));
      const recovered = checkCombined(nodeCrypto, signed, culprits, await combineShares(shares));
      assert.deepEqual(recovered, { kind: 'recovered', secret, culprits: [] });
    });
  }

  it('drops a holder that answers with a wrong share, names it and not the dealer, and goes on', async () => {
    const { signed, answers } = await honest();
    const { shares, culprits } = matched(matchShares(nodeCrypto, signed, changed(answers, 1, 3)));
    assert.deepEqual(culprits, ['east', 'south']);
    assert.deepEqual(await combineShares(shares), secret);
  });

  it('drops shares of another length or index before they can stop the rest', async () => {
    const { signed, answers } = await honest();
    const bad = answers.map((answer, i) =>
      i === 0 ? { ...answer, share: new Uint8Array(2) } : i === 1 ? { ...answer, share: answers[2]!.share } : answer,
    );
    assert.deepEqual(matched(matchShares(nodeCrypto, signed, bad)).culprits, ['dealer', 'east']);
  });

  it('drops the share of a site for which the dealer signed none', async () => {
    const { signed, answers } = await honest();
    const stranger = { site: siteId('stranger'), share: answers[0]!.share };
    assert.deepEqual(matched(matchShares(nodeCrypto, signed, [stranger, ...answers])).culprits, ['stranger']);
  });

  it('does not take a share of the other secret', async () => {
    const { answers } = await honest('mask-key');
    const { signed } = await honest('self-mask');
    assert.deepEqual(matchShares(nodeCrypto, signed, answers), {
      kind: 'failed',
      code: 'tooFewShares',
      culprits: holders,
    });
  });

  it('says that shares are too few, naming who answered wrongly and not the dealer', async () => {
    const { signed, answers } = await honest();
    const result = matchShares(nodeCrypto, signed, changed(answers, 0, 2, 4));
    assert.deepEqual(result, { kind: 'failed', code: 'tooFewShares', culprits: ['dealer', 'north', 'west'] });
  });

  it('names a dealer that dealt shares of a wrong length, with index zero, or one index twice', async () => {
    const shares = await splitSecret(secret, 5, 3);
    const cases = [
      ['shareLength', shares.map((share, i) => (i === 4 ? share.subarray(1) : share))],
      ['shareIndexZero', shares.map((share, i) => (i === 4 ? share.with(32, 0) : share))],
      ['duplicateShare', shares.map((share, i) => (i === 4 ? share.with(32, shares[0]![32]!) : share))],
    ] as const;
    for (const [code, wrong] of cases) {
      const { signed, answers } = dealt(wrong);
      assert.deepEqual(matchShares(nodeCrypto, signed, answers), { kind: 'failed', code, culprits: ['dealer'] });
    }
  });

  it('names a dealer whose shares, all as signed, give another secret than it committed to', async () => {
    const { signed, answers } = dealt(await splitSecret(bytesOf('another'), 5, 3));
    const { shares } = matched(matchShares(nodeCrypto, signed, answers));
    const failure = { kind: 'failed', code: 'commitmentMismatch', culprits: ['north', 'dealer'] };
    const liar = [siteId('north')];
    assert.deepEqual(checkCombined(nodeCrypto, signed, liar, await combineShares(shares)), failure);
    assert.deepEqual(checkCombined(nodeCrypto, signed, liar, null), failure);
    assert.deepEqual(checkCombined(nodeCrypto, signed, liar, secret.subarray(1)), failure);
  });
});
