import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { signMessage, signedBytes, verifyMessage } from '#shared/secagg/signed-message';
import type { Statement } from '#shared/secagg/signed-message';
import { toHex } from '#shared/util/bytes';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const [north, south] = [siteId('north'), siteId('south')];
const transcript = bytesOf('T1');
const hashes = { selfMaskHash: bytesOf('b'), maskKeyHash: bytesOf('s') };
const statements: readonly Statement[] = [
  {
    type: 'advertiseKeys',
    site: north,
    channelPublicKey: bytesOf('c'),
    maskPublicKey: bytesOf('s'),
    selfMaskCommitment: bytesOf('b'),
  },
  { type: 'shareKeys', site: north, transcript, shares: [{ holder: south, sealed: bytesOf('box'), ...hashes }] },
  { type: 'badShare', site: north, transcript, dealers: [south] },
  { type: 'uploadCommitment', site: north, commitment: transcript },
  { type: 'receipt', site: north, commitment: transcript },
  { type: 'confirmSurvivors', site: north, confirmation: transcript },
  { type: 'unmask', site: north, confirmationHash: transcript, shares: [] },
  { type: 'modelSignature', site: north, modelHash: transcript },
  {
    type: 'roundOpened',
    planHash: bytesOf('plan'),
    rosterHash: bytesOf('roster'),
    round: 2,
    cohort: [north, south],
    modelHash: transcript,
  },
  { type: 'closing', transcript, phase: 'shareKeys', sites: [north, south] },
  { type: 'unmaskRequest', confirmationHash: transcript },
];
const context = bytesOf('context');
const seed = bytesOf('identity');
const publicKey = nodeCrypto.ed25519PublicKey(seed);

describe('signed message', () => {
  it('is signed as other bytes for each type, also with the same fields', () => {
    const bytes = statements.map((statement) => toHex(signedBytes(context, statement)));
    assert.equal(new Set(bytes).size, statements.length);
  });

  for (const statement of statements) {
    it(`verifies as ${statement.type}, and under no other key, context or type`, () => {
      const signed = signMessage(nodeCrypto, seed, context, statement);
      const verify = (said: Statement, key = publicKey, ownContext = context): string | undefined =>
        verifyMessage(nodeCrypto, key, ownContext, said, signed);
      assert.equal(verify(statement), undefined);
      assert.equal(verify(statement, nodeCrypto.ed25519PublicKey(bytesOf('another identity'))), 'badSignature');
      assert.equal(verify(statement, publicKey, bytesOf('another context')), 'contextMismatch');
      for (const other of statements) if (other !== statement) assert.equal(verify(other), 'badSignature');
    });
  }

  it('is told from a forgery even when its context is another', () => {
    const signed = signMessage(nodeCrypto, seed, bytesOf('another context'), statements[3]!);
    const forged = { ...signed, context };
    assert.equal(verifyMessage(nodeCrypto, publicKey, context, statements[3]!, forged), 'badSignature');
    assert.equal(verifyMessage(nodeCrypto, publicKey, context, statements[3]!, signed), 'contextMismatch');
  });

  it('lists holders, dealers, sites and shares by id', () => {
    const reversed: readonly [Statement, Statement][] = [
      [
        { type: 'badShare', site: north, transcript, dealers: [north, south] },
        { type: 'badShare', site: north, transcript, dealers: [south, north] },
      ],
      [
        { type: 'closing', transcript, phase: 'maskedInput', sites: [north, south] },
        { type: 'closing', transcript, phase: 'maskedInput', sites: [south, north] },
      ],
      [dealtTo(north, south), dealtTo(south, north)],
      [revealed(north, south), revealed(south, north)],
      [openedFor(north, south), openedFor(south, north)],
    ];
    for (const [a, b] of reversed) assert.deepEqual(signedBytes(context, a), signedBytes(context, b));
  });
});

function dealtTo(...holders: readonly (typeof north)[]): Statement {
  const shares = holders.map((holder) => ({ holder, sealed: bytesOf(`box of ${holder}`), ...hashes }));
  return { type: 'shareKeys', site: north, transcript, shares };
}

function revealed(...of: readonly (typeof north)[]): Statement {
  const shares = of.map((id) => ({ of: id, kind: 'mask-key' as const, share: bytesOf(id) }));
  return { type: 'unmask', site: north, confirmationHash: transcript, shares };
}

function openedFor(...cohort: readonly (typeof north)[]): Statement {
  const hash = bytesOf('hash');
  return { type: 'roundOpened', planHash: hash, rosterHash: hash, round: 1, cohort, modelHash: hash };
}
