/**
 * What training, evaluation and use need of a method. A method is made from its section of a plan and holds no data: a
 * sampler makes the batches of a site's pairs, programs are traced from `loss`, `image` and `text`.
 *
 * @module
 */
import type * as tf from '@tensorflow/tfjs';
import type { Random } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues, TensorSpec, Tensors } from '#client/engine/types';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { Parameter, Weights } from '#client/model/parameters';
import type { MethodConfig, PlanFile } from './config.ts';

/** The inputs of a program by name; B examples in all of them. */
export type BatchSpecs = Readonly<Record<string, TensorSpec>>;

/** What a map of attention has to know of a method's image encoder. */
export interface Attended {
  /** The weights that it works with, where they are not the parameters as they are. */
  weights?(weights: Weights): Weights;
  /** An embedding is made of the patches, also where there is a class token. */
  readonly ofPatches?: true;
}

/** A method under one configuration. */
export interface Method {
  readonly name: string;
  /** Complete, plain data; the methods' own types have their own sections. */
  readonly config: MethodConfig;
  /** In the order of the vector that leaves a site: what is shared, then what is shared by rows. */
  readonly parameters: readonly Parameter[];
  /** Whether a pair without a report is of no use. */
  readonly readsReports: boolean;
  /** What a table shows of a report, the headline first. */
  readonly measures: readonly Measure[];

  /** What a training step takes beside the optimiser's scalars. `present` is `[B]`, 1 for an example, 0 for an empty place. */
  readonly batch: BatchSpecs;
  /** The training loss in nats. `keep` says what a local parameter that is not trained is after the step. */
  loss(weights: Weights, batch: Tensors, keep: (name: string, value: tf.Tensor) => void): tf.Scalar;
  /** The batches of these pairs. @throws UsageError (noUsableRows) if they are too few, (badFormat) if labels are missing */
  sampler(pairs: readonly Pair[], world: SamplerWorld): Promise<Sampler>;
  /** What multiplies the learning rate of each group of parameters at a step of the run; 1 where it says nothing. */
  rates?(step: number, totalSteps: number): Readonly<Record<string, number>>;

  /** What is computed of images `[B, ...size]`, or with channels behind: `embedding`, unit rows `[B, E]`, and more by name. */
  image(weights: Weights, image: tf.Tensor): Tensors;
  /** How to read what the image encoder attended to, where its parameters and its kind do not say it all. */
  readonly attended?: Attended;
  /** What is computed of texts: `embedding`, unit rows `[B, E]`, and more. Missing where a method has no text encoder. */
  text?(weights: Weights, ids_BT: tf.Tensor2D, mask_BT: tf.Tensor2D): Tensors;
  /** What the text encoder reads of a text, where that is not the text itself. @throws as `Files.read` */
  reads?(files: Files): Promise<(text: string) => string>;

  /** What the rows of `rows` parameters become, from a trained model, after the local steps of a round. */
  rows?(model: Model, global: HostValues, pairs: readonly Pair[]): Promise<readonly RowContribution[]>;
  /** Parameters that begin from files of the plan instead of from the seed. */
  begin?(files: Files): Promise<HostValues>;
  /** How good a model is on the pairs of all sites; missing where no sums say that. */
  readonly tally?: MethodTally;
  /** How good a model is on these pairs. @throws UsageError (noUsableRows) if they are too few */
  report(model: Model, pairs: readonly Pair[], world: ReportWorld): Promise<MethodReport>;
}

/** Figures of all sites' test pairs from numbers that are summed: no score and no rank of a patient leaves a site. */
export interface MethodTally {
  /** How many numbers. */
  readonly length: number;
  /** Whole numbers of one site's pairs. MUST NOT leave this site unsummed. */
  count(model: Model, pairs: readonly Pair[], world: ReportWorld): Promise<Float64Array>;
  /** The figures of all pairs, from the sum over sites: names as in a report's figures. */
  read(sum: ArrayLike<number>): Figures;
}

/** A figure of a report. */
export interface Measure {
  /** Where it is in the report's figures: `imageToReport.recallAt5`. */
  readonly path: string;
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** What the figure is multiplied with in a table, 100 for per cent. */
  readonly scale: number;
}

/** What a sampler may use. */
export interface SamplerWorld {
  /** The site's own: of batches and augmentation. */
  readonly seed: number;
  /** Of the whole run, all rounds together. */
  readonly totalSteps: number;
  readonly files: Files;
  /** The model that every site begins with, for what frozen parts say of the data. */
  readonly beginning: Model;
  /** The hospital's own summariser, where it has one. */
  readonly summarise?: Summariser;
}

/** Makes statements of reports, of each in its place, inside the hospital. Neither reports nor statements MUST leave it. */
export type Summariser = (reports: readonly string[]) => Promise<readonly (readonly string[])[]>;

/** The batches of one site. */
export interface Sampler {
  /** Examples that this site weighs with in the mean over sites. */
  readonly exampleCount: number;
  /**
   * The values of `batch` for a step, counted from 0 over the run: of the seed and the step alone. New ones at every
   * call, for whoever trains gives their memory back after the step.
   */
  batch(step: number): HostValues;
}

/** Numbers by name, for each example one array. */
export type Outputs = Readonly<Record<string, readonly Float32Array[]>>;

/** A model that answers: compiled, with weights in it. */
export interface Model {
  /** The outputs of `image`, pair by pair. */
  images(pairs: readonly Pick<Pair, 'image'>[]): Promise<Outputs>;
  /** The outputs of `text`, text by text. */
  texts(reports: readonly string[]): Promise<Outputs>;
  /** A parameter's values. */
  parameter(name: string): Float32Array;
}

/** A row of a `rows` parameter counts by its own weight in the mean over sites, not by the site's examples. */
export interface RowContribution {
  /** The parameter, which is also the segment: `bank` or `prototype`. */
  readonly name: string;
  /** Local minus global row, not weighted, row by row: `[K, D]`. */
  readonly delta: Float32Array;
  /** `[K]`, whole numbers; a row of 0 says nothing. */
  readonly weights: Int32Array;
}

/** The files that a plan names by their hash; every site has its own copy. */
export interface Files {
  /** @throws UsageError (noSuchFile) if it is missing here or another file than the plan's */
  read(file: PlanFile): Promise<Uint8Array>;
}

/** What a report may use. */
export interface ReportWorld {
  readonly random: Random;
  readonly files: Files;
  /** The training pairs, for what is fitted on them (a probe) before it is measured. */
  readonly train: readonly Pair[];
}
