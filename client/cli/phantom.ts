/** `consilium-site phantom` @module */
import type { Command } from 'commander';
import { phantomNamed, phantoms } from '#client/data/phantom/phantoms';
import { phantomSiteNames } from '#client/data/phantom/sites';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { whole } from './arguments.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface Options extends OutputOptions {
  readonly out: string;
  readonly kind: string;
  readonly seed: number;
  readonly sites: number;
  readonly train?: number;
  readonly test?: number;
}

/** Adds the command. */
export function addPhantom(program: Command): void {
  program
    .command('phantom')
    .description('writes a generated data set, images and reports of nobody, with its pairs.csv')
    .requiredOption('--out <dir>', 'the folder to write')
    .option('--kind <name>', [...phantoms.keys()].join(', '), 'radiograph')
    .option('--seed <n>', 'the same seed writes the same set', whole(0), 1)
    .option('--sites <n>', 'hospitals in it', whole(1), 3)
    .option('--train <n>', 'training pairs of every site (default: few, and other at every site)', whole(1))
    .option('--test <n>', 'test pairs of every site', whole(1))
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(async (options: Options) => {
      const { out, kind, seed, train, test } = options;
      const sites = phantomSiteNames(options.sites);
      const csv = await writePhantom(out, {
        phantom: phantomNamed(kind),
        seed,
        sites,
        ...(train === undefined ? {} : { trainPairs: train }),
        ...(test === undefined ? {} : { testPairs: test }),
      });
      result(options, { csv, kind, sites, seed }, [
        `${csv}: a phantom of ${sites.join(', ')}. It shows that the machinery works, and nothing about patients.`,
      ]);
    });
}
