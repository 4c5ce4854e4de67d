/** Training as the agent and the scripts see it: vectors of numbers, no tensors. @module */
import type { LeftOut, Pair, Split } from '#client/data/types';
import type { EngineChoice, EngineName } from '#client/engine/types';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { MethodConfig } from '#client/methods/config';
import type { Measure, RowContribution } from '#client/methods/types';

/** Where the pairs come from: a `pairs.csv` or several, or memory. */
export type PairSource = { readonly csv: string | readonly string[] } | { readonly pairs: readonly Pair[] };

/** What a trainer needs to know. */
export interface TrainerOptions {
  /** The method's name and configuration, from the plan. */
  readonly method: string;
  readonly config: unknown;
  /** Rounds of the whole run, from the plan: the schedule of the learning rate is over all of them. */
  readonly rounds: number;
  readonly data: PairSource;
  /** The folder of the files that the plan names. */
  readonly files?: string;
  /** The hospital's own program that makes statements of reports, for methods that train on statements. */
  readonly summariser?: string;
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
  /** The tensors that sites share, in the order of the weights. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Those of them whose rows have weights of their own, the last ones. */
  readonly rows: readonly string[];
  /** Numbers that a site counts of its test pairs; `null` where the method counts nothing. */
  readonly tallyLength: number | null;
  /** Shared ones. */
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

/** Where training or evaluation starts. */
export interface StartingPoint {
  /** What all sites share. */
  readonly weights: Float32Array;
  /** What this site kept of its last round; `null` at first. MUST NOT leave this site. */
  readonly local: Float32Array | null;
}

/** What a local round gives. MUST NOT leave this site but through the secure sum, and `local` not at all. */
export interface LocalRound {
  /** Local minus global weights of what is shared and has no weights of its own. */
  readonly delta: Float32Array;
  /** What is shared by rows. */
  readonly rows: readonly RowContribution[];
  /** What this site keeps for its next round; empty where the method keeps nothing. */
  readonly local: Float32Array;
  /** Counts of the test pairs under the weights that the round started from; `null` if nobody asked, or patients are too few. */
  readonly evaluation: Int32Array | null;
  /** Training pairs of this site. */
  readonly exampleCount: number;
  /** Mean training loss over the round's steps, in nats. */
  readonly lossNats: number;
  readonly steps: number;
}

/** A whole run on this site's data alone. */
export interface LocalRun {
  readonly weights: Float32Array;
  readonly local: Float32Array;
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
  /** What a table shows of a report. */
  readonly measures: readonly Measure[];
  readonly data: DataSummary;
  readonly engine: EngineName;
  /** Hash of the compiled training step: what the plan pins. */
  fingerprint(): string;
  /** A copy of the weights that every site begins with. */
  initialWeights(): Float32Array;
  /**
   * The steps of a round, counted from 1, from there; the optimiser begins anew. The same call gives the same
   * numbers, also after a restart. `evaluate` asks for counts of the test pairs beside it.
   */
  trainRound(start: StartingPoint, round: number, evaluate?: boolean): Promise<LocalRound>;
  /** The figures that counts give, one site's or the sum of several. */
  figures(counts: readonly number[]): Promise<Figures>;
  /**
   * All steps of the run on this data alone, from the initial weights, without a break: for comparison. `onProgress`
   * hears of every `localSteps` steps.
   */
  trainAlone(onProgress?: (progress: Progress) => void): Promise<LocalRun>;
  evaluate(start: StartingPoint, split?: Split): Promise<MethodReport>;
  /** Ends the worker. */
  dispose(): Promise<void>;
}
