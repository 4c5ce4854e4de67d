/** The words of a simulation: what is chosen, what goes wrong, and what is said on the wire. */
import type { CoordinatorMessage, CoordinatorState, SiteMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';

/** Who lies, if anybody does. A lying coordinator has up to f sites on its side. */
export type Byzantine = 'none' | 'coordinator' | 'site';

/** One run: the same choice gives the same run, to the last bit. */
export interface Choice {
  readonly sites: number;
  readonly rounds: number;
  readonly seed: number;
  readonly byzantine: Byzantine;
  /** How many of the sites are enrolled, the first ones; a failing run is shrunk by this and the next. */
  readonly enrolled: number;
  /** How many of the rounds are played. */
  readonly played: number;
}

export type Party = SiteId | 'coordinator';
export type Way = 'up' | 'down';
/** What becomes of the record that was being written when the program died. */
export type Keeps = 'written' | 'lost' | 'torn';

/** How a lying coordinator treats one message. */
export type CoordinatorLie =
  /** One field, drawn, is something else; whatever the liars hold keys for is signed again. */
  | 'change'
  | 'withhold'
  /** An earlier message goes with it. */
  | 'replay'
  /** One site is left out of the set that the message closes, everything consistent and signed again. */
  | 'omit'
  /** Another site's public keys are the liar's own. */
  | 'swapKeys'
  /** A model that nobody agreed on. */
  | 'otherModel'
  /** The next attempt is opened as well. */
  | 'nextAttempt'
  /** Another set of survivors is to be confirmed or unmasked as well. */
  | 'otherSurvivors'
  /** The site is told that the round failed. */
  | 'endRound'
  /** Another aggregate is announced, and given. */
  | 'doctor';

/** How a lying site treats one message, its chunks or its dealing. */
export type SiteLie =
  | 'change'
  | 'withhold'
  | 'replay'
  /** What is right, and then something else, signed as well. */
  | 'twice'
  /** In the name of another site. */
  | 'impersonate'
  /** Shares that match their hashes and do not combine to what was committed to. */
  | 'misdeal'
  /** One holder's box does not open, or its shares do not match. */
  | 'badBox'
  /** Both shares of one dealer. */
  | 'bothShares'
  /** Chunks that are not what was committed to. */
  | 'otherChunks'
  /** Other words than its own are masked and committed to. */
  | 'otherWords'
  /** A model that it did not come to. */
  | 'voteAgainst';

export type Op =
  /** The n-th packet of a site's connection is lost, and the connection with it; there is none for a while. */
  | { readonly op: 'lose'; readonly site: SiteId; readonly way: Way; readonly nth: number; readonly ms: number }
  /** It comes late, and others overtake it; the connection is made anew then. */
  | { readonly op: 'delay'; readonly site: SiteId; readonly way: Way; readonly nth: number; readonly ms: number }
  /** It comes a second time, later. */
  | { readonly op: 'duplicate'; readonly site: SiteId; readonly way: Way; readonly nth: number; readonly ms: number }
  | { readonly op: 'partition'; readonly sites: readonly SiteId[]; readonly fromMs: number; readonly untilMs: number }
  /** Killed at its n-th step: before or within a write to disk, or between two effects. */
  | { readonly op: 'crash'; readonly who: Party; readonly step: number; readonly keeps: Keeps; readonly downMs: number }
  /** The coordinator's n-th deadline passes late. */
  | { readonly op: 'late'; readonly nth: number; readonly ms: number }
  /** Not there; `untilMs` is null when it never comes back. */
  | { readonly op: 'absent'; readonly site: SiteId; readonly fromMs: number; readonly untilMs: number | null }
  /**
   * When this phase of a round begins, the coordinator goes on as two, from one journal and under one key: each site sees the
   * first, the second or both, and the second does not keep to the threshold. Where it rewinds, it begins with
   * the first attempt again, and with the next one when nobody answers.
   */
  | {
      readonly op: 'fork';
      readonly round: number;
      readonly phase: CoordinatorState['phase'];
      readonly rewinds: boolean;
      /** What the first does not say while there are two. */
      readonly withholds: readonly CoordinatorMessage['kind'][];
      readonly faces: Readonly<Record<SiteId, 'first' | 'second' | 'both'>>;
    }
  | {
      readonly op: 'coordinatorLies';
      readonly to: readonly SiteId[];
      /** With two kinds, the same lie is told in both. */
      readonly kinds: readonly CoordinatorMessage['kind'][];
      readonly nth: number;
      readonly how: CoordinatorLie;
      readonly salt: number;
    }
  | {
      readonly op: 'siteLies';
      readonly site: SiteId;
      readonly kind: SiteMessage['kind'] | 'chunks' | 'dealing' | 'masking';
      readonly nth: number;
      readonly how: SiteLie;
      readonly salt: number;
    };

/** The promises that are checked after every event. */
export type Invariant =
  /** The aggregate is the sum of the survivors' vectors. */
  | 'sum'
  /** Honest sites act on one survivor set, roster, plan and model in a round. */
  | 'agreement'
  /** Of every honest site one secret at most can be rebuilt. */
  | 'oneSecret'
  /** Nothing is said twice differently. */
  | 'saidOnce'
  /** No key, seed or nonce is used twice. */
  | 'freshSeeds'
  /** Only the sum of all honest survivors is determined by what was revealed. */
  | 'connected'
  /** Every round ends, and every site knows it. */
  | 'roundsEnd'
  /** The state after a crash is the fold of the journal. */
  | 'fold'
  /** Nobody honest is named as a culprit. */
  | 'blame'
  /** Nothing that is received makes a program throw. */
  | 'total';

/** What was promised and did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
  readonly atMs: number;
}

/** How one run went. */
export interface RunResult {
  readonly violation: Violation | null;
  /** By round, as the coordinator closed it; `open` if it did not. */
  readonly outcomes: readonly string[];
  readonly attempts: number;
  readonly events: number;
  readonly virtualMs: number;
  /** Operations that came to pass, by kind. */
  readonly happened: Readonly<Record<string, number>>;
}
