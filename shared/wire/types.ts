/**
 * What travels beside the secure sum's own messages (`secagg/types`), as domain values: bulk bytes, the plan's
 * approvals, enrolment, and what the operator's commands ask of the running coordinator. Times are milliseconds since
 * 1970. Mirrors proto/consilium/v1.
 *
 * @module
 */
import type { PlanApproval } from '../governance/types.ts';
import type { CoordinatorKeyMessage, SiteKeyMessage, SnapshotRecord } from '../secagg/keys/types.ts';
import type {
  AggregatePublished,
  CoordinatorMessage,
  FailureReason,
  RoundClosed,
  SiteMessage,
} from '../secagg/types.ts';
import type { SiteId } from '../util/ids.ts';

// --- A session. ---

/** What a site says: in a round, and about keys. */
export type FromSite = SiteMessage | SiteKeyMessage;
/** What the coordinator says. */
export type ToSite = CoordinatorMessage | CoordinatorKeyMessage;

// --- Bulk bytes. ---

/** Names one upload of the site that the certificate names. */
export interface UploadName {
  readonly round: number;
  /** F(root, chunkCount, byteLength, T2), 96 bytes. */
  readonly commitment: Uint8Array;
}
/** A stream of an upload: its name once, then chunks in any order. `data` is a view of the received bytes. */
export type UploadPart =
  | ({ readonly kind: 'header' } & UploadName)
  | { readonly kind: 'chunk'; readonly index: number; readonly data: Uint8Array };
/** Bytes of an aggregate from `offset` on. `data` is a view of the received bytes. */
export interface AggregatePiece {
  readonly offset: number;
  readonly data: Uint8Array;
}
export interface AggregateRequest {
  readonly round: number;
  readonly offset: number;
}

/** A sealed chunk of a snapshot. `data` is a view of the received bytes. */
export interface SnapshotChunk {
  readonly index: number;
  readonly data: Uint8Array;
}
/** A stream of a snapshot: its record once, then chunks in any order. */
export type SnapshotPart =
  { readonly kind: 'header'; readonly record: SnapshotRecord } | ({ readonly kind: 'chunk' } & SnapshotChunk);

// --- The plan. ---

/** Why a site does not take part in a plan; the words behind it stay at the site. */
export type PlanRefusalCode = 'declined' | 'policy' | 'programMismatch';

export interface PlanRefusal {
  readonly planHash: Uint8Array;
  readonly code: PlanRefusalCode;
}
/** The plan and its roster as canonical bytes, and the approvals so far. */
export interface CurrentPlan {
  readonly plan: Uint8Array;
  readonly roster: Uint8Array;
  readonly approvals: readonly PlanApproval[];
}
/** A round that is over; `published` is null where it ended without an aggregate. */
export interface ClosedRound {
  readonly published: AggregatePublished | null;
  readonly closed: RoundClosed;
}

// --- Enrolment. ---

export interface EnrolRequest {
  /** 32 bytes. MUST NOT be logged. */
  readonly tokenSecret: Uint8Array;
  readonly site: SiteId;
  /** PKCS #10, DER. */
  readonly certificateRequest: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  /** The identity key's signature over `enrolmentStatement`. */
  readonly possession: Uint8Array;
}
/** Certificates are X.509, DER. */
export interface EnrolResponse {
  readonly certificate: Uint8Array;
  readonly caCertificate: Uint8Array;
  readonly consortium: string;
  readonly coordinatorKey: Uint8Array;
  readonly mainPort: number;
}

// --- The operator. ---

export interface InviteRequest {
  readonly site: SiteId;
  readonly validMs: number;
}
export interface Invitation {
  /** MUST NOT be logged. */
  readonly token: string;
  readonly expiresAtMs: number;
  /** Empty until there is a founding roster. */
  readonly rosterWords: readonly string[];
}
export interface PlanSummary {
  readonly plan: Uint8Array;
  readonly planHash: Uint8Array;
  readonly roster: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly rosterWords: readonly string[];
  readonly approved: readonly SiteId[];
  readonly refused: readonly { readonly site: SiteId; readonly code: PlanRefusalCode }[];
}
export interface RoundSummary {
  readonly round: number;
  readonly attempt: number;
  /** A phase of the round's machine. */
  readonly phase: string;
  readonly cohort: readonly SiteId[];
  /** U3, once it is known. */
  readonly survivors: readonly SiteId[];
  /** `null` while the round is open. */
  readonly outcome: 'accepted' | FailureReason | null;
  readonly culprits: readonly SiteId[];
  readonly modelHash: Uint8Array;
  readonly aggregateHash: Uint8Array | null;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
}
export interface Status {
  readonly consortium: string;
  readonly mainPort: number;
  readonly enrolmentPort: number;
  readonly enrolledCount: number;
  readonly connectedCount: number;
  readonly approvedCount: number;
  readonly planHash: Uint8Array | null;
  readonly roundsPlanned: number;
  readonly roundsClosed: number;
  readonly roundsAccepted: number;
  readonly openRound: number | null;
  /** In words; empty when the scheduler waits for nothing. */
  readonly waitingFor: string;
}
export interface SiteSummary {
  readonly site: SiteId;
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  readonly tlsKeyHash: Uint8Array;
  readonly enrolledAtMs: number;
  readonly certificateExpiresAtMs: number;
  readonly connected: boolean;
  readonly rostered: boolean;
  readonly approved: boolean;
}
