/**
 * The words of the secure sum: messages, events, effects and states of a site and of the coordinator in one round.
 * Source: proto/spec/secure-sum.md, whose sections 3 to 5 this file follows. Bytes are copies owned by the value that
 * holds them; hashes, keys and contexts have 32 bytes.
 *
 * @module
 */
import type { SiteId } from '../util/ids.ts';
import type { Secret } from '../util/secret.ts';

/** The exchanges of one attempt, in order. */
export type Phase = 'advertiseKeys' | 'shareKeys' | 'maskedInput' | 'confirmSurvivors' | 'unmask';

/** What the plan fixes for the sum; checked by `checkSumParameters` before a round exists. */
export interface SumParameters {
  readonly maxSites: number;
  readonly colluders: number;
  readonly threshold: number;
  readonly quorum: number;
  /** Random dropouts that a sparse graph bears. */
  readonly dropouts: number;
  /** m of the modulus 2^m, at most 32. */
  readonly modulusBits: number;
  /** What the masked words are encrypted with before they leave; `bgv` names its parameters, `shared/crypto/bgv-format`. */
  readonly encryption: 'none' | 'stream' | 'bgv';
  /** Words of the vector, all segments together. */
  readonly wordCount: number;
  /** Bytes of every chunk of an upload but the last. */
  readonly chunkBytes: number;
}

/** What binds one attempt; its hash is `ctx`. */
export interface AttemptBinding {
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  /** `null` without encryption. */
  readonly keyHash: Uint8Array | null;
  readonly round: number;
  readonly cohort: readonly SiteId[];
  readonly attempt: number;
  readonly modelHash: Uint8Array;
}

/** The key of one epoch, held by sites alone. `keyHash` is SHA-256 of `bytes`. MUST NOT leave a site but in a sealed box. */
export interface DataKey {
  readonly epoch: number;
  readonly keyHash: Uint8Array;
  readonly bytes: Secret;
}

export type ShareKind = 'self-mask' | 'mask-key';

/**
 * Who deals to and masks with whom in one attempt: U1 in the order of the ring, the degree k, the shares `t_k` that open a
 * secret, and the fewest members g of U3 in k/2 consecutive places. In a complete graph `t_k = t` and `g = 0`.
 */
export interface AttemptGraph {
  readonly kind: 'complete' | 'harary';
  readonly order: readonly SiteId[];
  readonly degree: number;
  readonly shareThreshold: number;
  readonly gap: number;
}

// --- Messages of a site. Each is signed under the site's identity key; `context` is the ctx that the signer computed. ---

interface Signed {
  readonly context: Uint8Array;
  readonly signature: Uint8Array;
}
export interface Advertisement extends Signed {
  readonly kind: 'advertisement';
  readonly site: SiteId;
  readonly channelPublicKey: Uint8Array;
  readonly maskPublicKey: Uint8Array;
  readonly selfMaskCommitment: Uint8Array;
}
/** One dealer's pair of shares for one holder: `sealed` is the nonce and the box, empty for the dealer itself. */
export interface SealedShares {
  readonly holder: SiteId;
  readonly sealed: Uint8Array;
  readonly selfMaskHash: Uint8Array;
  readonly maskKeyHash: Uint8Array;
}
export interface KeyShares extends Signed {
  readonly kind: 'keyShares';
  readonly site: SiteId;
  readonly transcript: Uint8Array;
  readonly shares: readonly SealedShares[];
}
export interface BadShareReport extends Signed {
  readonly kind: 'badShareReport';
  readonly site: SiteId;
  readonly transcript: Uint8Array;
  readonly dealers: readonly SiteId[];
}
/** Announces an upload; its chunks travel beside it. */
export interface UploadCommitment extends Signed {
  readonly kind: 'uploadCommitment';
  readonly site: SiteId;
  /** F(root, chunkCount, byteLength, T2), 96 bytes. */
  readonly commitment: Uint8Array;
}
export interface Confirmation extends Signed {
  readonly kind: 'confirmation';
  readonly site: SiteId;
  /** F(T1, U2, U3, commitments). */
  readonly confirmation: Uint8Array;
}
/** A member of U3 and its signature over the one confirmation that the message's reader computes itself. */
export interface ConfirmationSignature {
  readonly site: SiteId;
  readonly signature: Uint8Array;
}
export interface RevealedShare {
  readonly of: SiteId;
  readonly kind: ShareKind;
  readonly share: Uint8Array;
}
export interface UnmaskAnswer extends Signed {
  readonly kind: 'unmaskAnswer';
  readonly site: SiteId;
  readonly confirmationHash: Uint8Array;
  readonly shares: readonly RevealedShare[];
}
/** A site's signature over the model that it folded from the round's aggregate; also its vote for the round. */
export interface ModelSignature extends Signed {
  readonly kind: 'modelSignature';
  readonly site: SiteId;
  readonly modelHash: Uint8Array;
}
/** Training is done: the site can take part in an attempt now. Not signed; it commits to nothing. */
export interface Ready {
  readonly kind: 'ready';
  readonly site: SiteId;
  readonly round: number;
}
/** A site says no, and why. Not signed; it is a code and nothing else. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly site: SiteId;
  readonly round: number;
  readonly code: RefusalCode;
}
export type SiteMessage =
  | Ready
  | Refusal
  | Advertisement
  | KeyShares
  | BadShareReport
  | UploadCommitment
  | Confirmation
  | UnmaskAnswer
  | ModelSignature;

// --- Messages of the coordinator. ---

/** The coordinator's signed word that a phase closed with exactly these sites. */
export interface Closing extends Signed {
  readonly transcript: Uint8Array;
  readonly phase: 'advertiseKeys' | 'shareKeys' | 'maskedInput';
  readonly sites: readonly SiteId[];
}
/** Opens a round for its cohort. Signed by the coordinator, label `round-opened`, over the binding with attempt 0. */
export interface RoundOpened {
  readonly kind: 'roundOpened';
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly round: number;
  readonly cohort: readonly SiteId[];
  readonly modelHash: Uint8Array;
  /** Of the data key of the round's epoch; `null` without encryption. */
  readonly keyHash: Uint8Array | null;
  readonly signature: Uint8Array;
}
/** Asks those who are ready for their advertisements. */
export interface AttemptOpened {
  readonly kind: 'attemptOpened';
  readonly round: number;
  readonly attempt: number;
}
export interface Advertisements {
  readonly kind: 'advertisements';
  readonly round: number;
  readonly closing: Closing;
  readonly advertisements: readonly Advertisement[];
}
/** To one site: U2, and of each of its neighbours in U2 what that dealt to it. */
export interface RoutedShares {
  readonly kind: 'routedShares';
  readonly round: number;
  readonly closing: Closing;
  readonly shares: readonly (SealedShares & { readonly dealer: SiteId })[];
}
export interface Receipt extends Signed {
  readonly kind: 'receipt';
  readonly round: number;
  readonly site: SiteId;
  readonly commitment: Uint8Array;
}
export interface ConfirmRequest {
  readonly kind: 'confirmRequest';
  readonly round: number;
  readonly u2: readonly SiteId[];
  readonly closing: Closing;
  readonly commitments: readonly UploadCommitment[];
}
export interface UnmaskRequest extends Signed {
  readonly kind: 'unmaskRequest';
  readonly round: number;
  readonly confirmationHash: Uint8Array;
  /** U2, U3 and the commitments again, so that a site that had not confirmed can make the checks of phase 3 now. */
  readonly u2: readonly SiteId[];
  readonly commitments: readonly UploadCommitment[];
  readonly confirmations: readonly ConfirmationSignature[];
}
/** The aggregate can be fetched; `aggregateHash` is SHA-256 of its bytes, words of 4 bytes little-endian. */
export interface AggregatePublished {
  readonly kind: 'aggregatePublished';
  readonly round: number;
  /** The attempt that was summed: its `ctx` is what the signatures over the new model are under. */
  readonly attempt: number;
  readonly u3: readonly SiteId[];
  readonly aggregateHash: Uint8Array;
  readonly byteLength: number;
}
/**
 * The end of a round: `modelHash` is what at least t sites signed, with their signatures, or the old model's, and no
 * signatures, when the round failed.
 */
export interface RoundClosed {
  readonly kind: 'roundClosed';
  readonly round: number;
  readonly outcome: 'accepted' | FailureReason;
  readonly modelHash: Uint8Array;
  readonly signatures: readonly ModelSignature[];
  readonly culprits: readonly SiteId[];
}
/** The coordinator refuses one message of one site. */
export interface MessageRefused {
  readonly kind: 'messageRefused';
  readonly round: number;
  readonly code: RefusalCode;
}
export type CoordinatorMessage =
  | RoundOpened
  | AttemptOpened
  | Advertisements
  | RoutedShares
  | Receipt
  | ConfirmRequest
  | UnmaskRequest
  | AggregatePublished
  | RoundClosed
  | MessageRefused;

/** Why a round ended without an accepted aggregate. */
export type FailureReason =
  'belowQuorum' | 'tooFewConfirmations' | 'tooFewShares' | 'badDealer' | 'votedDown' | 'cancelled';

/** Stable codes for "no" inside a round. */
export type RefusalCode =
  | 'wrongPhase'
  | 'wrongRound'
  | 'notInCohort'
  | 'notRostered'
  | 'badSignature'
  | 'contextMismatch'
  | 'planNotApproved'
  | 'modelMismatch'
  | 'keyMismatch'
  | 'duplicateSite'
  | 'duplicateKey'
  | 'smallOrderPoint'
  | 'ownEntryChanged'
  | 'belowQuorum'
  | 'notASubset'
  | 'transcriptMismatch'
  | 'commitmentMismatch'
  | 'wrongLength'
  | 'secondMessage'
  | 'alreadyConfirmed'
  | 'alreadyUnmasked'
  | 'tooFewConfirmations'
  | 'tooFewNeighbours'
  | 'gapTooWide'
  | 'receiptIgnored'
  | 'badShare'
  | 'aggregateOutOfRange'
  | 'stale';

// --- The site's machine. Each variant of its state holds what is valid in that phase and nothing else. ---

/** Fixed for one site in one round. Secrets are held by the driver's key store and passed in. */
export interface SiteRoundConfig {
  readonly site: SiteId;
  readonly parameters: SumParameters;
  /** Without the attempt: that comes with `attemptOpened`. */
  readonly binding: Omit<AttemptBinding, 'attempt'>;
  /** Ed25519 public keys of the roster's sites. */
  readonly identities: ReadonlyMap<SiteId, Uint8Array>;
  readonly coordinatorIdentity: Uint8Array;
  readonly identitySeed: Uint8Array;
}

/** Secrets of one attempt, drawn by the driver and erased when the round is over. */
export interface AttemptSecrets {
  readonly maskPrivateKey: Uint8Array;
  readonly channelPrivateKey: Uint8Array;
  readonly selfMaskSeed: Uint8Array;
}
/** The dealer's shares for one holder, and the fresh nonce under which they are sealed. */
export interface DealtShares {
  readonly holder: SiteId;
  readonly selfMask: Uint8Array;
  readonly maskKey: Uint8Array;
  readonly nonce: Uint8Array;
}
/** One keystream to add to (+1) or subtract from (−1) the vector. */
export interface Mask {
  readonly seed: Uint8Array;
  readonly sign: 1 | -1;
}

/** What a site keeps of one dealer: both shares, of which it may ever reveal one. */
export type HeldShares = Readonly<Record<ShareKind, Uint8Array>>;
/** An attempt that the site advertised its keys for. */
export interface SiteAttempt {
  readonly attempt: number;
  /** The site's own ctx. */
  readonly context: Uint8Array;
  readonly secrets: AttemptSecrets;
  readonly advertisement: Advertisement;
}
/** U1 is closed: T1 binds everything from here on. */
export interface SiteKeyed extends SiteAttempt {
  readonly transcript: Uint8Array;
  /** Advertisements of U1, by id. */
  readonly u1: ReadonlyMap<SiteId, Advertisement>;
  readonly graph: AttemptGraph;
}
export interface SiteDealt extends SiteKeyed {
  readonly ownShares: HeldShares;
  readonly keyShares: KeyShares;
}
/** U2 is closed; `held` has no entry for a dealer whose shares were bad. */
export interface SiteRouted extends SiteKeyed {
  /** By id. */
  readonly u2: readonly SiteId[];
  /** By dealer: the site itself and its neighbours in U2. */
  readonly held: ReadonlyMap<SiteId, HeldShares>;
  readonly report: BadShareReport | null;
}
export interface SiteUploaded extends SiteRouted {
  readonly upload: UploadCommitment;
  readonly receipt: Receipt | null;
}
/** From here on the site joins no other attempt of the round: x enters one confirmed sum, ever. */
export interface SiteConfirmed extends SiteUploaded {
  /** By id. */
  readonly u3: readonly SiteId[];
  readonly confirmation: Confirmation;
}
export interface SiteUnmasked extends SiteConfirmed {
  readonly answer: UnmaskAnswer;
}
/** The aggregate is public. `context` is the ctx of its attempt. */
export interface SitePublished {
  readonly published: AggregatePublished;
  readonly context: Uint8Array;
}
export type SiteState =
  | { readonly phase: 'training' }
  | { readonly phase: 'ready' }
  | ({ readonly phase: 'advertised' } & SiteAttempt)
  /** Waits for `sharesDealt`. */
  | ({ readonly phase: 'dealing' } & SiteKeyed)
  | ({ readonly phase: 'dealt' } & SiteDealt)
  /** Waits for `uploadPrepared`. */
  | ({ readonly phase: 'masking' } & SiteRouted)
  | ({ readonly phase: 'uploading' } & SiteUploaded)
  | ({ readonly phase: 'confirmed' } & SiteConfirmed)
  | ({ readonly phase: 'unmasked' } & SiteUnmasked)
  /** Waits for `modelFolded`; a closing that comes before it is kept. */
  | ({ readonly phase: 'folding'; readonly closed: RoundClosed | null } & SitePublished)
  | ({ readonly phase: 'signed'; readonly signature: ModelSignature } & SitePublished)
  /** The aggregate was not fit to apply. */
  | ({ readonly phase: 'rejected'; readonly refusal: Refusal } & SitePublished)
  | { readonly phase: 'closed'; readonly closed: RoundClosed };

export type SiteEvent =
  /** The local round ended and its contribution is on disk. */
  | { readonly kind: 'trained' }
  /** The coordinator's `attemptOpened`, with fresh secrets that the driver drew for it (unused when it is a repeat). */
  | { readonly kind: 'attemptOpened'; readonly attempt: number; readonly secrets: AttemptSecrets }
  | { readonly kind: 'received'; readonly message: Exclude<CoordinatorMessage, AttemptOpened> }
  /** Answer to `dealShares`: one entry for each holder, the site itself included. The first answer counts. */
  | { readonly kind: 'sharesDealt'; readonly attempt: number; readonly shares: readonly DealtShares[] }
  /** Answer to `prepareUpload`: the masked chunks are on disk. */
  | {
      readonly kind: 'uploadPrepared';
      readonly attempt: number;
      readonly root: Uint8Array;
      readonly chunkCount: number;
      readonly byteLength: number;
    }
  /** Answer to `applyAggregate`. */
  | { readonly kind: 'modelFolded'; readonly modelHash: Uint8Array }
  | { readonly kind: 'aggregateRefused'; readonly code: 'aggregateOutOfRange' | 'commitmentMismatch' }
  /** The connection is back, or the program is: say again what was said last, ask again for work that is not done. */
  | { readonly kind: 'reconnected' };

export interface SiteStep {
  readonly state: SiteState;
  readonly effects: readonly SiteEffect[];
}

export type SiteEffect =
  /** Journal first, then send; the same bytes every time. */
  | { readonly kind: 'send'; readonly message: SiteMessage }
  /** Split both secrets t-of-|holders| and draw the nonces; answer with `sharesDealt`. */
  | {
      readonly kind: 'dealShares';
      readonly attempt: number;
      readonly threshold: number;
      readonly holders: readonly SiteId[];
      readonly secrets: AttemptSecrets;
    }
  /** Quantise, mask, write the chunks; answer with `uploadPrepared`. */
  | {
      readonly kind: 'prepareUpload';
      readonly attempt: number;
      readonly masks: readonly Mask[];
      readonly modulusBits: number;
    }
  /** Send the chunks that the coordinator does not have yet. */
  | { readonly kind: 'uploadChunks'; readonly commitment: UploadCommitment }
  /** Fetch the aggregate, check its hash and range, fold it; answer with `modelFolded` or `aggregateRefused`. */
  | { readonly kind: 'applyAggregate'; readonly published: AggregatePublished }
  /** Say no: keep the message as evidence, tell the operator, send the code. What was refused changed nothing. */
  | {
      readonly kind: 'refuse';
      readonly code: RefusalCode;
      readonly culprits: readonly string[];
      readonly evidence: CoordinatorMessage;
    }
  /** Destroy s, c, b, shares and boxes of this round. */
  | { readonly kind: 'eraseSecrets' }
  | { readonly kind: 'roundEnded'; readonly closed: RoundClosed };

// --- The coordinator's machine. ---

export interface CoordinatorRoundConfig {
  readonly parameters: SumParameters;
  readonly binding: Omit<AttemptBinding, 'attempt'>;
  readonly identities: ReadonlyMap<SiteId, Uint8Array>;
  readonly identitySeed: Uint8Array;
  /** How many attempts a round may have before it fails below quorum. */
  readonly maxAttempts: number;
}

/** What outlives an attempt. */
export interface CohortStanding {
  readonly ready: ReadonlySet<SiteId>;
  /** Sites that refuse the round: they are not waited for. */
  readonly refused: ReadonlySet<SiteId>;
  /** Dealers whose shares were bad in an attempt: left out of the next. */
  readonly leftOut: ReadonlySet<SiteId>;
  /** Sites proven at fault, in the order in which they were found. */
  readonly culprits: readonly SiteId[];
}
export interface AttemptStanding extends CohortStanding {
  readonly attempt: number;
  readonly context: Uint8Array;
  /** What every site of this phase was sent, so that it can be sent again. Maps are by id. */
  readonly advertised: ReadonlyMap<SiteId, Advertisement>;
}
/** U1 is closed, and `advertised` is U1. */
export interface KeyedStanding extends AttemptStanding {
  readonly transcript: Uint8Array;
  readonly graph: AttemptGraph;
  readonly u1Closing: Closing;
  readonly keyShares: ReadonlyMap<SiteId, KeyShares>;
}
/** U2 is closed, and `keyShares` is U2. */
export interface RoutedStanding extends KeyedStanding {
  readonly u2Closing: Closing;
  readonly reports: ReadonlyMap<SiteId, BadShareReport>;
  readonly uploads: ReadonlyMap<SiteId, UploadCommitment>;
  readonly receipts: ReadonlyMap<SiteId, Receipt>;
}
/** U3 is closed, and `uploads` is U3. */
export interface SurvivorStanding extends RoutedStanding {
  readonly confirmRequest: ConfirmRequest;
  /** F(T1, U2, U3, commitments). */
  readonly confirmation: Uint8Array;
  readonly confirmations: ReadonlyMap<SiteId, Confirmation>;
}
export interface UnmaskStanding extends SurvivorStanding {
  readonly unmaskRequest: UnmaskRequest;
  readonly answers: ReadonlyMap<SiteId, UnmaskAnswer>;
}
export interface PublishedStanding extends CohortStanding {
  readonly context: Uint8Array;
  readonly published: AggregatePublished;
}
export type CoordinatorState =
  | { readonly phase: 'idle' }
  | ({ readonly phase: 'training' } & CohortStanding)
  | ({ readonly phase: 'advertiseKeys' } & AttemptStanding)
  | ({ readonly phase: 'shareKeys' } & KeyedStanding)
  | ({ readonly phase: 'maskedInput' } & RoutedStanding)
  | ({ readonly phase: 'confirmSurvivors' } & SurvivorStanding)
  | ({ readonly phase: 'unmask' } & UnmaskStanding)
  /** Waits for `sharesCombined`. */
  | ({ readonly phase: 'combining'; readonly requests: readonly CombineRequest[] } & UnmaskStanding)
  /** Waits for `aggregateSummed`. */
  | ({ readonly phase: 'summing'; readonly masks: readonly Mask[] } & UnmaskStanding)
  | ({
      readonly phase: 'modelSignatures';
      readonly signatures: ReadonlyMap<SiteId, ModelSignature>;
      /** Sites that refused the aggregate. */
      readonly against: ReadonlySet<SiteId>;
    } & PublishedStanding)
  | {
      readonly phase: 'closed';
      readonly closed: RoundClosed;
      /** `null` when the round ended before its sum. */
      readonly published: AggregatePublished | null;
    };

export interface CoordinatorStep {
  readonly state: CoordinatorState;
  readonly effects: readonly CoordinatorEffect[];
}

/** What happened, in the order of the journal. The sender is whom the certificate names. */
export type CoordinatorEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'received'; readonly from: SiteId; readonly message: SiteMessage }
  /** All chunks are on disk, match the commitment and are well formed. */
  | { readonly kind: 'uploadCompleted'; readonly from: SiteId; readonly commitment: Uint8Array }
  /** All chunks are there and are not what was committed to, or are not well formed. */
  | { readonly kind: 'uploadMismatched'; readonly from: SiteId; readonly commitment: Uint8Array }
  /** A session of this site began: send again what it waits for. */
  | { readonly kind: 'connected'; readonly site: SiteId }
  /** The program is back: ask again for the work that is not done, start the deadline again. */
  | { readonly kind: 'restarted' }
  /** `attempt` and `phase` name the deadline that passed, so that a late one is recognised. */
  | { readonly kind: 'deadline'; readonly attempt: number; readonly phase: CoordinatorDeadline }
  /** Answer to `combineShares`, in its order; `null` where combining threw. */
  | { readonly kind: 'sharesCombined'; readonly secrets: readonly (Uint8Array | null)[] }
  /** Answer to `sumUploads`. */
  | { readonly kind: 'aggregateSummed'; readonly aggregateHash: Uint8Array; readonly byteLength: number }
  | { readonly kind: 'cancelled' };

export type CoordinatorDeadline = 'training' | Phase | 'modelSignatures';

/** The shares of one secret of one dealer, all matching their hashes. */
export interface CombineRequest {
  readonly dealer: SiteId;
  readonly kind: ShareKind;
  readonly shares: readonly Uint8Array[];
}

export type CoordinatorEffect =
  | { readonly kind: 'send'; readonly to: SiteId; readonly message: CoordinatorMessage }
  | { readonly kind: 'startDeadline'; readonly attempt: number; readonly phase: CoordinatorDeadline }
  /** Accept chunks of this upload (and answer which are there). */
  | { readonly kind: 'expectUpload'; readonly from: SiteId; readonly commitment: Uint8Array }
  | { readonly kind: 'combineShares'; readonly requests: readonly CombineRequest[] }
  /** Add the uploads of U3 modulo 2^m, take off these masks, which are on the sum, store the aggregate; answer with `aggregateSummed`. */
  | {
      readonly kind: 'sumUploads';
      readonly u3: readonly SiteId[];
      readonly attempt: number;
      readonly masks: readonly Mask[];
    }
  /** Keep the message as evidence and answer its sender with the code. */
  | {
      readonly kind: 'refuse';
      readonly to: SiteId;
      readonly code: RefusalCode;
      readonly evidence: SiteMessage | null;
    }
  /** Uploads of a failed attempt, or of sites outside U3, are deleted. */
  | { readonly kind: 'deleteUploads'; readonly attempt: number; readonly of: readonly SiteId[] }
  | { readonly kind: 'roundEnded'; readonly closed: RoundClosed };
