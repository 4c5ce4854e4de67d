/** The consortium of a simulation on paper: sites, their keys, the plan's numbers. */
import type { Crypto } from '#shared/crypto/types';
import { defaultDropouts } from '#shared/secagg/graph-parameters';
import { checkSumParameters } from '#shared/secagg/parameters';
import type { CoordinatorDeadline, CoordinatorRoundConfig, SiteRoundConfig, SumParameters } from '#shared/secagg/types';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import type { Draws } from './draws.ts';
import type { Choice } from './types.ts';

/** What a round is opened with. */
export interface Opening {
  readonly round: number;
  readonly cohort: readonly SiteId[];
  readonly modelHash: Uint8Array;
}

export interface Study {
  /** The enrolled sites. */
  readonly names: readonly SiteId[];
  readonly rounds: number;
  readonly parameters: SumParameters;
  readonly initialModel: Uint8Array;
  /** MUST be used by liars for themselves alone. */
  identitySeed(owner: string): Uint8Array;
  coordinatorConfig(opening: Opening): CoordinatorRoundConfig;
  siteConfig(site: SiteId, opening: Opening): SiteRoundConfig;
}

/** Milliseconds, of the virtual clock. */
export const schedule = { waitMs: 4_000, trainingMs: 20_000, phaseMs: 5_000, unmaskMs: 15_000 } as const;
const maxAttempts = 4;
const quickPhases: ReadonlySet<CoordinatorDeadline> = new Set(['advertiseKeys', 'shareKeys', 'maskedInput']);

/** How long a phase may last. */
export function deadlineMs(phase: CoordinatorDeadline): number {
  if (phase === 'training') return schedule.trainingMs;
  return quickPhases.has(phase) ? schedule.phaseMs : schedule.unmaskMs;
}

/** No round lasts longer once nothing goes wrong any more: every deadline of every attempt, and then some. */
export const longestRoundMs =
  schedule.waitMs + schedule.trainingMs + maxAttempts * 3 * schedule.phaseMs + 3 * schedule.unmaskMs + 60_000;

/** The sites that a number of sites stands for. */
export function siteNames(count: number): readonly SiteId[] {
  return Array.from({ length: count }, (_, i) => toSiteId(`site-${i}`)!); // is an id
}

/** f, t and q of so many sites as a plan fills them in; `null` takes its default for f, too. */
export function quorumsOf(
  count: number,
  chosen: number | null,
): Pick<SumParameters, 'colluders' | 'threshold' | 'quorum'> {
  const { colluders, threshold, quorum } = checkSumParameters({
    ...{ maxSites: count, colluders: chosen, threshold: null, quorum: null, trustsCoordinator: false },
    ...{ encryption: 'none', modulusBits: 32, approvalQuorum: count, membershipQuorum: count, segments: [] },
  });
  return { colluders, threshold, quorum };
}

/** f, t and q are those that a plan has by default; above 32 sites f is a tenth. */
export function sumParameters(count: number, draws: Draws): SumParameters {
  const quorums = quorumsOf(count, count > 32 ? Math.floor(count / 10) : null);
  const modulusBits = [16, 24, 32][draws.between(0, 2, 'modulus')]!; // one of three
  return {
    maxSites: count,
    ...quorums,
    dropouts: defaultDropouts(count, quorums.quorum),
    modulusBits,
    encryption: 'none',
    wordCount: 8 * draws.between(1, 3, 'words'),
    chunkBytes: modulusBits,
  };
}

/** The consortium of a choice. */
export function study({ enrolled, played }: Choice, draws: Draws, crypto: Crypto): Study {
  const names = siteNames(enrolled);
  const parameters = sumParameters(enrolled, draws);
  const hash = (name: string): Uint8Array => draws.bytes(32, name);
  const identitySeed = (owner: string): Uint8Array => hash(`identity ${owner}`);
  const identities = new Map(names.map((site) => [site, crypto.ed25519PublicKey(identitySeed(site))]));
  const coordinatorIdentity = crypto.ed25519PublicKey(identitySeed('coordinator'));
  const binding = { planHash: hash('plan'), rosterHash: hash('roster'), keyHash: null };
  const shared = (opening: Opening): Pick<SiteRoundConfig, 'parameters' | 'binding' | 'identities'> => ({
    parameters,
    identities,
    binding: { ...binding, round: opening.round, cohort: opening.cohort, modelHash: opening.modelHash },
  });
  return {
    names,
    rounds: played,
    parameters,
    initialModel: hash('model'),
    identitySeed,
    coordinatorConfig: (opening) => ({ ...shared(opening), identitySeed: identitySeed('coordinator'), maxAttempts }),
    siteConfig: (site, opening) => ({
      ...shared(opening),
      site,
      coordinatorIdentity,
      identitySeed: identitySeed(site),
    }),
  };
}
