import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { openRound, roundOpenedProblem } from '#shared/secagg/round-opened';
import type { AttemptBinding, RefusalCode, RoundOpened, SiteRoundConfig } from '#shared/secagg/types';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

const plan = study({ count: 4 });
const [me] = plan.names;
const config = plan.siteConfig(me!);

/** What the coordinator signs when it opens the round with this binding. */
function opening(change: Partial<AttemptBinding>): RoundOpened {
  return openRound({ ...plan.coordinator, binding: { ...plan.coordinator.binding, ...change } }, crypto);
}
function problem(opened: RoundOpened, own: SiteRoundConfig = config): RefusalCode | undefined {
  return roundOpenedProblem(own, opened, crypto);
}
/** A site that takes the cohort from the message, as it does on first sight. */
function onFirstSight(opened: RoundOpened, own: SiteRoundConfig = config): RefusalCode | undefined {
  return problem(opened, { ...own, binding: { ...own.binding, cohort: opened.cohort } });
}

describe('the opening of a round', () => {
  it('is accepted by every site of the cohort, and the same bytes every time', () => {
    const opened = opening({});
    assert.deepEqual(opened, opening({}));
    for (const site of plan.names) assert.equal(problem(opened, plan.siteConfig(site)), undefined);
  });

  it('is refused when it is not signed by the coordinator over exactly this', () => {
    const opened = opening({});
    assert.equal(problem({ ...opened, signature: new Uint8Array(64) }), 'badSignature');
    assert.equal(problem({ ...opened, round: 2 }), 'badSignature');
    assert.equal(problem({ ...opened, modelHash: bytesOf('other') }), 'badSignature');
    assert.equal(problem({ ...opened, cohort: opened.cohort.slice(1) }), 'badSignature');
  });

  it('is refused for another plan, roster, model or round, each with its own code', () => {
    assert.equal(problem(opening({ planHash: bytesOf('other') })), 'planNotApproved');
    assert.equal(problem(opening({ rosterHash: bytesOf('other') })), 'contextMismatch');
    assert.equal(problem(opening({ modelHash: bytesOf('other') })), 'modelMismatch');
    assert.equal(problem(opening({ round: 2 })), 'wrongRound');
  });

  it('is refused for another cohort than the first one seen', () => {
    assert.equal(problem(opening({ cohort: plan.names.slice(0, 3) })), 'secondMessage');
    assert.equal(onFirstSight(opening({ cohort: plan.names.slice(0, 3) })), undefined);
  });

  it('is refused for a cohort that is not of the roster, without this site, too small or too large', () => {
    assert.equal(onFirstSight(opening({ cohort: [...plan.names.slice(0, 3), siteId('stranger')] })), 'notRostered');
    assert.equal(onFirstSight(opening({ cohort: plan.names.slice(1) })), 'notInCohort');
    assert.equal(onFirstSight(opening({ cohort: plan.names.slice(0, 2) })), 'belowQuorum');
    const narrow = { ...config, parameters: { ...config.parameters, maxSites: 3 } };
    assert.equal(onFirstSight(opening({}), narrow), 'planNotApproved');
    const twice = { ...opening({}), cohort: [...plan.names, me!] };
    assert.equal(onFirstSight(twice), 'duplicateSite');
  });
});
