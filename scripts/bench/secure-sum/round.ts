/**
 * One round in one process, serially: the real machines of the coordinator and of every site, real keys, a queue for a
 * wire. What a program would read from or write to a disk or a socket stays in memory.
 */
import { randomBytes } from 'node:crypto';
import { combineShares, splitSecret } from '#shared/crypto/shamir';
import { nodeCrypto } from '#shared/crypto/node';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorRoundConfig,
  DealtShares,
  SiteEffect,
  SiteEvent,
  SiteRoundConfig,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import type { VectorWork } from './vector-work.ts';

/** A consortium ready for its round. */
export interface RoundSetup {
  readonly coordinator: CoordinatorRoundConfig;
  readonly sites: readonly SiteRoundConfig[];
}

/** Runs it to its end. @throws Error if anybody refuses anything, or it ends otherwise than accepted. */
export async function runRound({ coordinator, sites }: RoundSetup, work: VectorWork): Promise<void> {
  const queue: (() => void | Promise<void>)[] = [];
  const states = new Map(sites.map((config) => [config.site, initialSiteState()]));
  const configs = new Map(sites.map((config) => [config.site, config]));
  let state = initialCoordinatorState();
  let outcome: string | undefined;

  const toCoordinator = (event: CoordinatorEvent): void => {
    const step = coordinatorStep(coordinator, state, event, nodeCrypto);
    state = step.state;
    for (const effect of step.effects) queue.push(() => performForCoordinator(effect));
  };
  const toSite = (site: SiteId, event: SiteEvent): void => {
    const step = siteStep(configs.get(site)!, states.get(site)!, event, nodeCrypto); // every site of the round has both
    states.set(site, step.state);
    for (const effect of step.effects) queue.push(() => performForSite(site, effect));
  };

  const performForSite = async (site: SiteId, effect: SiteEffect): Promise<void> => {
    switch (effect.kind) {
      case 'send':
        toCoordinator({ kind: 'received', from: site, message: effect.message });
        return;
      case 'dealShares':
        toSite(site, { kind: 'sharesDealt', attempt: effect.attempt, shares: await deal(effect) });
        return;
      case 'prepareUpload': {
        const current = states.get(site);
        if (current?.phase !== 'masking') throw new Error(`${site} is not masking`);
        const shape = work.prepare(site, current.context, effect.masks);
        toSite(site, { kind: 'uploadPrepared', attempt: effect.attempt, ...shape });
        return;
      }
      case 'uploadChunks': {
        const { commitment } = effect.commitment;
        const kind = work.verify(site, commitment) ? 'uploadCompleted' : 'uploadMismatched';
        toCoordinator({ kind, from: site, commitment });
        return;
      }
      case 'applyAggregate': {
        const { u3, aggregateHash } = effect.published;
        const current = states.get(site);
        if (current?.phase !== 'folding') throw new Error(`${site} is not folding`);
        work.open(current.context, u3, aggregateHash);
        toSite(site, { kind: 'modelFolded', modelHash: aggregateHash });
        return;
      }
      case 'refuse':
        throw new Error(`${site} refuses: ${effect.code}`);
      case 'eraseSecrets':
      case 'roundEnded':
    }
  };
  const performForCoordinator = async (effect: CoordinatorEffect): Promise<void> => {
    switch (effect.kind) {
      case 'send': {
        const { to, message } = effect;
        if (message.kind !== 'attemptOpened') toSite(to, { kind: 'received', message });
        else toSite(to, { kind: 'attemptOpened', attempt: message.attempt, secrets: freshSecrets() });
        return;
      }
      case 'combineShares': {
        const secrets = await Promise.all(effect.requests.map(({ shares }) => combineShares(shares)));
        toCoordinator({ kind: 'sharesCombined', secrets });
        return;
      }
      case 'sumUploads':
        toCoordinator({ kind: 'aggregateSummed', ...work.sum(effect.u3, effect.masks) });
        return;
      case 'refuse':
        throw new Error(`the coordinator refuses: ${effect.code}`);
      case 'roundEnded':
        outcome = effect.closed.outcome;
        return;
      case 'startDeadline':
      case 'expectUpload':
      case 'deleteUploads':
    }
  };

  toCoordinator({ kind: 'opened' });
  for (const { site } of sites) toSite(site, { kind: 'trained' });
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  if (outcome !== 'accepted') throw new Error(`the round ended as ${outcome ?? state.phase}`);
}

async function deal(effect: Extract<SiteEffect, { kind: 'dealShares' }>): Promise<readonly DealtShares[]> {
  const { secrets, holders, threshold } = effect;
  const selfMask = await splitSecret(secrets.selfMaskSeed, holders.length, threshold);
  const maskKey = await splitSecret(secrets.maskPrivateKey, holders.length, threshold);
  return holders.map((holder, i) => ({ holder, selfMask: selfMask[i]!, maskKey: maskKey[i]!, nonce: fresh(24) }));
}

function freshSecrets(): Extract<SiteEvent, { kind: 'attemptOpened' }>['secrets'] {
  return { maskPrivateKey: fresh(32), channelPrivateKey: fresh(32), selfMaskSeed: fresh(32) };
}

function fresh(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}
