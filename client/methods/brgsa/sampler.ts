/** Batches of augmented images, each with some of the statements of its report. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { batchOf } from '../batches/order.ts';
import { augmentedValues } from '../batches/pair-sampler.ts';
import { chestEnglish } from '../selip/code-book-chest-en.ts';
import type { Sampler, SamplerWorld, Summariser } from '../types.ts';
import type { BrgsaConfig } from './config.ts';
import { extractiveSummariser, mergedStatements } from './sentences.ts';

/**
 * The pairs of every step with other statements every time. A report of which nothing is left is taken as it is.
 *
 * @throws UsageError (noUsableRows) if there are fewer than two pairs
 */
export async function statementSampler(
  config: BrgsaConfig,
  pairs: readonly Pair[],
  { seed, summarise = extractiveSummariser(chestEnglish) }: Pick<SamplerWorld, 'seed' | 'summarise'>,
): Promise<Sampler> {
  const { batchSize } = config.training;
  const chosenAt = (step: number): readonly number[] => batchOf(step, pairs.length, batchSize, seed);
  chosenAt(0);
  const statements = await statementsOf(
    pairs.map(({ report }) => report),
    summarise,
  );
  return {
    exampleCount: pairs.length,
    batch: (step) => {
      const random = randomFor(seed, 'statements', step);
      const told = chosenAt(step).map((i) => {
        const pair = pairs[i]!; // of these pairs, as are the statements
        const text = mergedStatements(statements[i]!, config.brgsa.statements, random);
        return text === '' ? pair : { ...pair, report: text };
      });
      return augmentedValues(config, told, seed, step);
    },
  };
}

/** The statements of each report; a text that occurs several times is summarised once. */
async function statementsOf(
  reports: readonly string[],
  summarise: Summariser,
): Promise<readonly (readonly string[])[]> {
  const distinct = [...new Set(reports)];
  const made = await summarise(distinct);
  const of = new Map(distinct.map((report, i) => [report, made[i] ?? []]));
  return reports.map((report) => of.get(report)!); // every report is among the distinct ones
}
