/**
 * The words of the data keys: what sites and the coordinator say about them, and what fixes an epoch. Source:
 * proto/spec/secure-sum.md, section 4.
 *
 * @module
 */
import type { SiteId } from '../../util/ids.ts';
import type { Secret } from '../../util/secret.ts';

/** What a plan and its roster fix for the keys of its epochs. */
export interface KeyStudy {
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly encryption: 'stream' | 'bgv';
  readonly rounds: number;
  /** Rounds of one epoch. */
  readonly keyEpochRounds: number;
  /** The roster's. */
  readonly sites: ReadonlyMap<SiteId, SiteKeysInRoster>;
}
export interface SiteKeysInRoster {
  /** Ed25519. */
  readonly identityKey: Uint8Array;
  /** X25519. */
  readonly sealingKey: Uint8Array;
}
/** A site's own part. Its secrets MUST NOT be logged. */
export interface SiteKeyStudy extends KeyStudy {
  readonly site: SiteId;
  /** Ed25519. */
  readonly identitySeed: Uint8Array;
  /** X25519. */
  readonly sealingPrivateKey: Uint8Array;
}

/** The maker's signed word that this is the key of an epoch. */
export interface KeyRecord {
  readonly kind: 'keyRecord';
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly epoch: number;
  /** Where the maker stands among those that may make the key; the first is 0. */
  readonly place: number;
  readonly maker: SiteId;
  /** SHA-256 of the key's bytes. */
  readonly keyHash: Uint8Array;
  /** The encryption and what it fixes, in words. */
  readonly parameters: string;
  readonly signature: Uint8Array;
}
/** The key of an epoch, sealed by a site that holds it to another. */
export interface KeyBox {
  readonly kind: 'keyBox';
  readonly planHash: Uint8Array;
  readonly epoch: number;
  readonly sealer: SiteId;
  readonly recipient: SiteId;
  readonly sealed: Uint8Array;
}
export interface HeldKey {
  readonly epoch: number;
  readonly keyHash: Uint8Array;
}
/** What a site has. Not signed; it commits to nothing. */
export interface Holding {
  readonly kind: 'holding';
  readonly site: SiteId;
  readonly planHash: Uint8Array;
  /** The round whose aggregate its model has last; 0 is the beginning. */
  readonly modelRound: number;
  readonly keys: readonly HeldKey[];
}
/** Why a site does nothing with what it was sent. */
export type KeyRefusalCode =
  'notOfThisEpoch' | 'notRostered' | 'badSignature' | 'secondRecord' | 'badBox' | 'badSnapshot' | 'notAsked';
/** Not signed. `sealer` made what is refused; `null` when the coordinator's own request is. */
export interface KeyRefusal {
  readonly kind: 'keyRefusal';
  readonly site: SiteId;
  readonly planHash: Uint8Array;
  readonly epoch: number;
  readonly sealer: SiteId | null;
  readonly code: KeyRefusalCode;
}
/** What a site says of keys. */
export type SiteKeyMessage = Holding | KeyRecord | KeyBox | KeyRefusal;

/** Asks the site at this place to make the key. */
export interface KeyRequested {
  readonly kind: 'keyRequested';
  readonly planHash: Uint8Array;
  readonly epoch: number;
  readonly place: number;
}
/** Asks a holder to seal the key to these sites. */
export interface KeyWanted {
  readonly kind: 'keyWanted';
  readonly planHash: Uint8Array;
  readonly epoch: number;
  readonly recipients: readonly SiteId[];
}
/** Asks a holder to seal its model to a site. */
export interface SnapshotWanted {
  readonly kind: 'snapshotWanted';
  readonly planHash: Uint8Array;
  readonly epoch: number;
  readonly recipient: SiteId;
}
/** The maker's signed word that these bytes are the model after this round. */
export interface SnapshotRecord {
  readonly kind: 'snapshotRecord';
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly epoch: number;
  readonly round: number;
  readonly modelHash: Uint8Array;
  readonly maker: SiteId;
  readonly recipient: SiteId;
  /** Of the model, before it was cut and sealed. */
  readonly byteLength: number;
  readonly signature: Uint8Array;
}
/** What the coordinator says of keys: its own requests, and what sites gave it for others. */
export type CoordinatorKeyMessage = KeyRequested | KeyRecord | KeyBox | KeyWanted | SnapshotWanted | SnapshotRecord;

// --- The site's machine. ---

/** What a site has of one epoch. */
export interface SiteEpoch {
  /** The first that the coordinator delivered. */
  readonly record: KeyRecord | null;
  /** MUST NOT leave this site but in a box. */
  readonly key: Secret | null;
  /** This site's own key, which counts once its record comes back. */
  readonly offer: { readonly record: KeyRecord; readonly key: Secret } | null;
}
export interface SiteKeyState {
  readonly epochs: ReadonlyMap<number, SiteEpoch>;
  /** Rounds up to this one are folded or failed; keys of epochs that end before it are destroyed. */
  readonly settledRound: number;
}
export type SiteKeyEvent =
  | { readonly kind: 'received'; readonly message: KeyRequested | KeyRecord | KeyBox | KeyWanted }
  /** Answer to `makeKey`. */
  | { readonly kind: 'keyMade'; readonly epoch: number; readonly place: number; readonly key: Secret }
  | { readonly kind: 'roundSettled'; readonly round: number };
/** Kept things are flushed to the disk before anything after them is sent. */
export type SiteKeyEffect =
  /** Draw a key of the plan's encryption; answer with `keyMade`. */
  | { readonly kind: 'makeKey'; readonly epoch: number; readonly place: number }
  | { readonly kind: 'keepOffer'; readonly epoch: number; readonly record: KeyRecord; readonly key: Secret }
  | { readonly kind: 'keepRecord'; readonly record: KeyRecord }
  | { readonly kind: 'keepKey'; readonly epoch: number; readonly key: Secret }
  | { readonly kind: 'destroyOffer' | 'destroyKey'; readonly epoch: number }
  | { readonly kind: 'send'; readonly message: SiteKeyMessage }
  /** The site holds the key of this epoch now. */
  | { readonly kind: 'keyGained'; readonly epoch: number }
  /** Keep it as evidence, tell the operator, send the code. */
  | { readonly kind: 'refuse'; readonly refusal: KeyRefusal; readonly evidence: CoordinatorKeyMessage };
export interface SiteKeyStep {
  readonly state: SiteKeyState;
  readonly effects: readonly SiteKeyEffect[];
}

// --- The coordinator's machine. ---

/** The desk for the one epoch that the open or the next round needs. Of boxes it knows who sealed the one that is stored. */
export interface KeyDeskState {
  /** 0 before any is needed. */
  readonly epoch: number;
  readonly record: KeyRecord | null;
  /** By maker: records that hold, and the boxes that came so far. The first that has all of them is written down. */
  readonly candidates: ReadonlyMap<SiteId, KeyCandidate>;
  /** The last place that was asked to make the key; -1 before the first. */
  readonly place: number;
  /** By recipient: who sealed the box that is stored for it. */
  readonly sealers: ReadonlyMap<SiteId, SiteId>;
  /** By recipient: the holder that was asked for its box. */
  readonly asked: ReadonlyMap<SiteId, SiteId>;
  /** By recipient: holders that did not give it a box that opens. */
  readonly failed: ReadonlyMap<SiteId, ReadonlySet<SiteId>>;
  /** What connected sites say that they have. */
  readonly holdings: ReadonlyMap<SiteId, Holding>;
}
/** By recipient. */
export interface KeyCandidate {
  readonly record: KeyRecord;
  readonly boxes: ReadonlyMap<SiteId, KeyBox>;
}
export type KeyDeskEvent =
  /** This epoch is needed now; its record and boxes as they are stored. */
  | {
      readonly kind: 'needed';
      readonly epoch: number;
      readonly record: KeyRecord | null;
      readonly sealers: ReadonlyMap<SiteId, SiteId>;
    }
  | { readonly kind: 'received'; readonly from: SiteId; readonly message: SiteKeyMessage }
  | { readonly kind: 'disconnected'; readonly site: SiteId }
  | { readonly kind: 'deadline'; readonly epoch: number; readonly of: KeyDeadline };
/** For the record of the site at a place, or for boxes. */
export type KeyDeadline = { readonly kind: 'record'; readonly place: number } | { readonly kind: 'boxes' };
/** What is stored is flushed before anything after it is sent. */
export type KeyDeskEffect =
  /** With a box for every other site: all or nothing. */
  | { readonly kind: 'storeRecord'; readonly record: KeyRecord; readonly boxes: readonly KeyBox[] }
  | { readonly kind: 'storeBox'; readonly box: KeyBox }
  | { readonly kind: 'deleteBox'; readonly epoch: number; readonly recipient: SiteId }
  | { readonly kind: 'send'; readonly to: SiteId; readonly message: CoordinatorKeyMessage }
  /** Send the box that is stored for this site. */
  | { readonly kind: 'deliverBox'; readonly epoch: number; readonly to: SiteId }
  | { readonly kind: 'startDeadline'; readonly epoch: number; readonly of: KeyDeadline }
  /** Nothing is done with what this site sent. */
  | { readonly kind: 'refuse'; readonly from: SiteId; readonly code: KeyRefusalCode }
  /** A site says that what another gave it is of no use. */
  | { readonly kind: 'reported'; readonly refusal: KeyRefusal };
export interface KeyDeskStep {
  readonly state: KeyDeskState;
  readonly effects: readonly KeyDeskEffect[];
}
