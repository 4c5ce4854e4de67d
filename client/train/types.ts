/** Training as the agent and the scripts see it: vectors of numbers, no tensors. @module */
import type { LeftOut, Pair, Split } from '#client/data/types';
import type { EngineChoice, EngineName } from '#client/engine/types';
import type { RetrievalReport } from '#client/evaluate/types';
import type { MethodConfig, MethodConfigInput } from '#client/methods/config';

/** Where the pairs come from: a `pairs.csv`, or memory. */
export type PairSource = { readonly csv: string } | { readonly pairs: readonly Pair[] };

/** What a trainer needs to know. */
export interface TrainerOptions {
  /** The method's name and configuration, from the plan. */
  readonly method: string;
  readonly config: MethodConfigInput;
  /** Rounds of the whole run, from the plan: the schedule of the learning rate is over all of them. */
  readonly rounds: number;
  readonly data: PairSource;
  readonly engine?: EngineChoice;
  /** Threads of the numeric library. Default 1. */
  readonly threads?: number;
  /** Of batches and augmentation; the site's own. The initial weights have the plan's. */
  readonly seed: number;
}

/** What a method makes of its configuration; the same at every site. */
export interface ProgramDescription {
  readonly method: string;
  /** Complete: every default filled in. Plain JSON data. */
  readonly config: MethodConfig;
  /** Hash of the compiled training step, 64 hex digits. */
  readonly fingerprint: string;
  /** The tensors in the order of the weights. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly parameterCount: number;
  /** What every site begins with, in the order of the tensors. */
  readonly initialWeights: Float32Array;
}

/** The data as counts. */
export interface DataSummary {
  readonly trainPairs: number;
  readonly testPairs: number;
  readonly patients: number;
  /** Ids of rows that were left out, and why. */
  readonly leftOut: readonly LeftOut[];
}

/** What a local round gives. MUST NOT leave this site but through the secure sum. */
export interface LocalRound {
  /** Local minus global weights. */
  readonly delta: Float32Array;
  /** Training pairs of this site. */
  readonly exampleCount: number;
  /** Mean training loss over the round's steps, in nats. */
  readonly lossNats: number;
  readonly steps: number;
}

/** A whole run on this site's data alone. */
export interface LocalRun {
  readonly weights: Float32Array;
  /** Mean training loss over the last `localSteps` steps, in nats. */
  readonly lossNats: number;
  readonly steps: number;
}

/** How far a run is. */
export interface Progress {
  readonly step: number;
  readonly totalSteps: number;
  /** Mean over the last steps, in nats. */
  readonly lossNats: number;
}

/** Trains in a worker thread, one call after the other. */
export interface Trainer {
  readonly program: ProgramDescription;
  readonly data: DataSummary;
  readonly engine: EngineName;
  /** Hash of the compiled training step: what the plan pins. */
  fingerprint(): string;
  /** A copy of the weights that every site begins with. */
  initialWeights(): Float32Array;
  /**
   * The steps of a round, counted from 1, from these weights; the optimiser begins anew. The same call gives the same
   * numbers, also after a restart.
   */
  trainRound(weights: Float32Array, round: number): Promise<LocalRound>;
  /**
   * All steps of the run on this data alone, from the initial weights, without a break: for comparison. `onProgress`
   * hears of every `localSteps` steps.
   */
  trainAlone(onProgress?: (progress: Progress) => void): Promise<LocalRun>;
  evaluate(weights: Float32Array, split?: Split): Promise<RetrievalReport>;
  /** Ends the worker. */
  dispose(): Promise<void>;
}
