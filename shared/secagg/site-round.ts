/**
 * A site in one round, as a fold: everything that moves it is in this file, and this file knows neither network, clock
 * nor disk. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import type { SiteEvent, SiteRoundConfig, SiteState, SiteStep } from './types.ts';

/** A site that has seen `roundOpened` and trains. */
export function initialSiteState(): SiteState {
  return { phase: 'training' };
}

/** The state after `event` and what is to be done for it. Nothing the coordinator sends can make this throw. */
export function siteStep(_config: SiteRoundConfig, state: SiteState, _event: SiteEvent, _crypto: Crypto): SiteStep {
  return { state, effects: [] };
}
