/** A consortium on paper: keys, parameters and configurations for tests of the secure sum. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { defaultDropouts } from '#shared/secagg/graph-parameters';
import type { CoordinatorRoundConfig, SiteRoundConfig, SumParameters } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { quorumsOf } from '../../scripts/simulate/study.ts';
import { bytesOf, siteId } from './secrets.ts';

/** What a test may choose; the rest follows from the number of sites as in the plan's defaults. */
export interface StudyChoice {
  readonly count: number;
  readonly round?: number;
  readonly maxAttempts?: number;
  readonly modelHash?: Uint8Array;
  readonly keyHash?: Uint8Array | null;
  readonly parameters?: Partial<SumParameters>;
}

export interface Study {
  readonly names: readonly SiteId[];
  readonly parameters: SumParameters;
  readonly coordinator: CoordinatorRoundConfig;
  siteConfig(site: SiteId): SiteRoundConfig;
}

/** Sites `site-0`, `site-1`, ... with f, t and q of the plan's defaults, and two chunks to an upload. */
export function study({
  count,
  round = 1,
  maxAttempts = 2,
  modelHash,
  keyHash = null,
  parameters: chosen,
}: StudyChoice): Study {
  const names = Array.from({ length: count }, (_, i) => siteId(`site-${String(i)}`));
  const parameters = { ...defaults(count, chosen?.colluders), ...chosen };
  const binding = {
    planHash: bytesOf('plan'),
    rosterHash: bytesOf('roster'),
    keyHash,
    round,
    cohort: names,
    modelHash: modelHash ?? bytesOf('model'),
  };
  const identities = new Map(names.map((name) => [name, nodeCrypto.ed25519PublicKey(identitySeed(name))]));
  const coordinatorIdentity = nodeCrypto.ed25519PublicKey(identitySeed('coordinator'));
  const shared = { parameters, binding, identities };
  return {
    names,
    parameters,
    coordinator: { ...shared, identitySeed: identitySeed('coordinator'), maxAttempts },
    siteConfig: (site) => ({ ...shared, site, coordinatorIdentity, identitySeed: identitySeed(site) }),
  };
}

/** The seed of an identity key. */
export function identitySeed(owner: string): Uint8Array {
  return bytesOf(`identity of ${owner}`);
}

/** Words enough for a bit of each site, two chunks at least. */
function defaults(count: number, colluders: number | null = null): SumParameters {
  const quorums = quorumsOf(count, colluders);
  return {
    maxSites: count,
    ...quorums,
    dropouts: defaultDropouts(count, quorums.quorum),
    modulusBits: 16,
    encryption: 'none',
    wordCount: Math.max(12, Math.ceil(count / 16)),
    chunkBytes: 16,
  };
}
