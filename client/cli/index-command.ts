/** `consilium-site index` @module */
import type { Command } from 'commander';
import { buildIndex } from '#client/use/build-index';
import { result } from './output.ts';
import { type ModelOptions, modelCommand, modelOf, withModel } from './use-model.ts';

interface Options extends ModelOptions {
  readonly data: string;
  readonly out: string;
}

/** Rows between two lines of progress. */
const progressRows = 1000;

/** Adds the command. */
export function addIndex(program: Command): void {
  modelCommand(program, 'index', "makes a file of the vectors of this hospital's own pairs, for search; it stays here")
    .requiredOption('--data <csv>', 'a pairs.csv')
    .requiredOption('--out <file>', 'the index to write, readable by its owner alone')
    .action(index);
}

async function index(options: Options): Promise<void> {
  await withModel(options, async (trained, site) => {
    const about = modelOf(site);
    const onProgress = (rows: number): void => {
      if (options.quiet !== true && rows % progressRows < 16) process.stderr.write(`${rows} rows\n`);
    };
    const { leftOut, ...counts } = await buildIndex(trained, options.data, about, options.out, {
      threads: options.threads,
      onProgress,
    });
    result(options, { file: options.out, ...about, ...counts, leftOut: leftOut.length }, [
      `${options.out}: ${counts.images} images and ${counts.reports} reports, ${leftOut.length} rows left out; model of round ${about.round}.`,
      'It names patients: keep it where their images are kept.',
    ]);
  });
}
