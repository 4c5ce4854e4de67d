/** What `npm run bench -- methods` is told of one method: what is trained beside it, and what is claimed. */
import type { Phantom } from '#client/data/phantom/types';
import type { Pair } from '#client/data/types';
import type { Interval } from '#client/evaluate/bootstrap';
import type { Defaults } from '#client/methods/config';
import type { Measure, Model } from '#client/methods/types';
import type { Column } from '../columns.ts';
import type { BenchOptions, Figure } from '../types.ts';

/** One thing that is trained: the method itself or a control, under the same budget of steps. */
export interface Arm {
  readonly name: string;
  readonly method: string;
  /** The method's section of the plan, without the seed. */
  readonly config: Defaults;
}

export interface MethodBench {
  readonly method: string;
  readonly phantom: Phantom;
  readonly rounds: number;
  readonly trainPairs?: number;
  readonly testPairs?: number;
  /** The figure that is compared with every hospital alone and with all data in one place. */
  readonly headline: Measure;
  /** The method itself. It is also trained at each hospital alone, and on all data in one place. */
  readonly own: Arm;
  /** Trained in the federation alone. */
  readonly controls: readonly Arm[];
  /** Makes the files that the sections name, in `files`; answers with what is laid over every arm's section. */
  readonly prepare?: (files: string, seed: number) => Promise<Defaults>;
  /** The paper's claims, from all seeds. */
  claims(seeds: readonly SeedResult[]): readonly Figure[];
  /** What is measured once and not by seeds: time, memory. */
  readonly extra?: (options: BenchOptions) => Promise<readonly Figure[]>;
  /** What `--real` measures, and nothing else. */
  readonly real?: RealData;
}

/** What of a method is measured on real data. */
export interface RealData {
  readonly rounds: number;
  /** The method first: it alone is trained in a federation too. */
  readonly arms: readonly Arm[];
  readonly measures: readonly Measure[];
  /** Sites of the federation; 0 where the data does not fill several. */
  readonly sites: number;
  /** Pairs with the labels that the method reads, where they are not in the file. */
  readonly labelled?: (pairs: readonly Pair[], csv: string) => Promise<readonly Pair[]>;
  /** The 95 % interval of the first measure, from resampling test patients. */
  readonly interval?: (model: Model, test: readonly Pair[]) => Promise<Interval>;
}

/** What one seed gave. */
export interface SeedResult {
  readonly seed: number;
  /** By the name of the arm; the federation's model on every hospital's own test pairs. */
  readonly arms: Readonly<Record<string, ArmResult>>;
  /** The method trained at each hospital alone, on every hospital's test pairs. */
  readonly alone: readonly (readonly Column[])[];
  readonly pooled: readonly Column[];
}

export interface ArmResult {
  readonly columns: readonly Column[];
  readonly secondsPerStep: number;
}
