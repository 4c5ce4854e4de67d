import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { SiteId } from '#shared/util/ids';
import { Federation } from '../support/federation.ts';
import type { Packet } from '../support/federation.ts';
import { bytesOf } from '../support/secrets.ts';
import { identitySeed, study } from '../support/study.ts';

const four = study({ count: 4 }); // three of them accept a model
const [first, , , last] = four.names as [SiteId, SiteId, SiteId, SiteId];

/** What this site signs becomes a signature over another model. */
function dissent(site: SiteId): (packet: Packet) => readonly Packet[] | undefined {
  return (packet) => {
    if (packet.kind !== 'up' || packet.site !== site || packet.message.kind !== 'modelSignature') return undefined;
    const { context } = packet.message;
    const said = { kind: 'modelSignature', site, modelHash: bytesOf('another model') } as const;
    return [{ ...packet, message: signSiteMessage(nodeCrypto, identitySeed(site), context, said) }];
  };
}

describe('a site that comes to another model than the others', () => {
  it('is named as a culprit in the end of the round, which is accepted with the model of the others', async () => {
    const federation = await new Federation(four, [{ op: 'forge', as: dissent(first) }]).run();
    const { ended } = federation.coordinator;
    assert.equal(ended?.outcome, 'accepted');
    assert.deepEqual(ended.culprits, [first]);
    assert.deepEqual(
      ended.signatures.map(({ site }) => site),
      four.names.slice(1),
    );
    const told = federation.tap.filter(
      (packet) =>
        packet.kind === 'down' && packet.message.kind === 'roundClosed' && packet.message.culprits[0] === first,
    );
    assert.equal(told.length, 4, 'every site of the cohort is told');
  });

  it('is named to the operator when it signs after the round was accepted', async () => {
    const federation = await new Federation(four, [{ op: 'forge', as: dissent(last) }]).run();
    const { ended, refusals } = federation.coordinator;
    assert.equal(ended?.outcome, 'accepted');
    assert(refusals.some(({ to, code }) => to === last && code === 'modelMismatch'));
  });
});
