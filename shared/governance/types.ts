/**
 * What a consortium agrees on: who its sites are (roster), what a study does (plan), and who said yes (approval).
 *
 * @module
 */
import type { JsonValue } from '../codec/canonical-json.ts';
import type { SiteId } from '../util/ids.ts';

export type { JsonValue };

export interface RosterSite {
  readonly site: SiteId;
  /** Ed25519 public key. */
  readonly identityKey: Uint8Array;
  /** X25519 public key. */
  readonly sealingKey: Uint8Array;
  /** SHA-256 of the SubjectPublicKeyInfo of its TLS certificate. */
  readonly tlsKeyHash: Uint8Array;
}

export interface Roster {
  readonly consortium: string;
  /** Ed25519 public key of the coordinator. */
  readonly coordinatorKey: Uint8Array;
  /** By id. */
  readonly sites: readonly RosterSite[];
  readonly approvalQuorum: number;
  readonly membershipQuorum: number;
}

/** A segment of the vector. `range` and `bits` as in proto/spec/secure-sum.md, section 6. */
export interface SegmentPlan {
  readonly name: string;
  readonly length: number;
  readonly range: number;
  readonly bits: number;
  /** What a person reads in `plan review`, for example "change of the model's weights". */
  readonly unit: string;
}

export interface Plan {
  readonly name: string;
  readonly rounds: number;
  readonly method: { readonly name: string; readonly config: JsonValue };
  /** Hex; every site compiles the method itself and refuses another program or another beginning. */
  readonly program: { readonly fingerprint: string; readonly initialModelHash: string };
  /** The model's tensors in order; their lengths add up to the segment `delta`. */
  readonly model: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly serverOptimizer: { readonly name: string; readonly parameters: Readonly<Record<string, number>> };
  readonly sum: {
    readonly maxSites: number;
    readonly colluders: number;
    readonly threshold: number;
    readonly quorum: number;
    /** Random dropouts that a sparse graph bears (proto/spec/sparse-graph.md). */
    readonly dropouts: number;
    readonly trustsCoordinator: boolean;
    readonly modulusBits: number;
    readonly encryption: 'none' | 'stream' | 'bgv';
    /** A new data key is made after so many rounds at the latest; without encryption there is none. */
    readonly keyEpochRounds: number;
    /** L2 bound of the delta, or null. */
    readonly clipNorm: number | null;
    /** Greatest example count, or null when every site weighs the same. */
    readonly weightCap: number | null;
    readonly segments: readonly SegmentPlan[];
    readonly chunkBytes: number;
    readonly maxAttempts: number;
  };
  /** The rounds in which sites count how well the model does: every so many, and the last. */
  readonly evaluation: { readonly everyRounds: number } | null;
  readonly schedule: {
    /** A round opens when every rostered site that has not refused is approved and connected, or this long after the quorum is. */
    readonly waitMs: number;
    readonly trainingMs: number;
    /** Phases 0, 1 and 2. */
    readonly phaseMs: number;
    /** Phases 3 and 4 and the model signatures: long, so that a restarted site still answers. */
    readonly unmaskMs: number;
  };
}

/** A site's signed yes to a plan under a roster; for the first plan it also founds the roster. */
export interface PlanApproval {
  readonly site: SiteId;
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly signature: Uint8Array;
}
