/** What a benchmark gives: figures, each beside its reference. The JSON is described in docs/reference/commands.md. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  /** The figure asked for, or null when none is. */
  readonly reach: number | null;
  /** What it is compared with; null when the reference is missing here, which the table says. */
  readonly reference: {
    readonly name: string;
    readonly value: number;
    /** `this run`, or where the number comes from. */
    readonly measured: string;
  } | null;
}

/** Options as typed: `--sites 10` is `{ sites: '10' }`, a bare `--quick` is `{ quick: true }`. */
export type BenchOptions = Readonly<Record<string, string | true>>;

export interface Bench {
  readonly name: string;
  /** One line for the list that `npm run bench` prints. */
  readonly title: string;
  run(options: BenchOptions): Promise<readonly Figure[]>;
}
