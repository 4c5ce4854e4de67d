/** What the rounds of a study reach of the world. @module */
import type { LocalRound, StartingPoint } from '#client/train/types';
import type { Crypto } from '#shared/crypto/types';
import type { AggregatePublished } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import type { ClosedRound, FromSite } from '#shared/wire/types';
import type { Contribution } from './contribution.ts';
import type { DataKeys } from './data-keys.ts';
import type { ModelStore } from './model-store.ts';
import type { Tell } from './progress.ts';
import type { Sending } from './send-upload.ts';
import type { MadeSnapshot } from './snapshots.ts';
import type { Study } from './study.ts';

export interface StudyWorld {
  readonly dir: string;
  readonly study: Study;
  readonly site: SiteId;
  /** Ed25519. MUST NOT be logged. */
  readonly identitySeed: Uint8Array;
  readonly crypto: Crypto;
  readonly models: ModelStore;
  /** `null` without encryption. */
  readonly keys: DataKeys | null;
  readonly seed: number;
  readonly noMasks: boolean;
  readonly tell: Tell;
  readonly train: (
    start: StartingPoint,
    round: number,
    evaluate: boolean,
  ) => Promise<Contribution & Pick<LocalRound, 'steps' | 'local'>>;
  /** What this site counted, if it did, and what all sites together did: of the model that the round started from. */
  readonly evaluated: (round: number, own: Int32Array | null, all: readonly number[]) => void;
  /** What is about keys is of no round. */
  readonly send: (message: FromSite, round: number | null) => void;
  readonly uploadChunks: (sending: Omit<Sending, 'signal'>) => void;
  /** Writes the aggregate to this file. */
  readonly fetchAggregate: (published: AggregatePublished, path: string) => Promise<void>;
  readonly uploadSnapshot: (made: MadeSnapshot) => void;
  /** The sealed chunks of the snapshot for this site, in order. */
  readonly fetchSnapshot: (chunkCount: number) => Promise<readonly Uint8Array[]>;
  readonly getRounds: (firstRound: number) => Promise<readonly ClosedRound[]>;
  /** The last round of the plan is closed. */
  readonly finished: () => void;
  readonly failed: (error: unknown) => void;
}
