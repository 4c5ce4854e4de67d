/** `consilium-site severity` @module */
import type { Command } from 'commander';
import type { Imaged } from '#client/use/open-trained';
import { readQuestion } from '#client/use/questions';
import { severitiesOf } from '#client/use/severity';
import { ranksOf, scoresOfAll, shareBelow } from '#client/use/standing';
import { result } from './output.ts';
import { type ModelOptions, modelCommand, modelOf, withModel } from './use-model.ts';

interface Options extends ModelOptions {
  readonly image: readonly string[];
  readonly data?: string;
}

/** Adds the command. */
export function addSeverity(program: Command): void {
  modelCommand(program, 'severity', 'orders images by how far they are from health (method semise)')
    .requiredOption('--image <files...>', 'images or volumes')
    .option('--data <csv>', "a pairs.csv: says where a score stands among this hospital's own images")
    .action(severity);
}

async function severity(options: Options): Promise<void> {
  await withModel(options, async (trained, site) => {
    const images: Imaged[] = [];
    for (const path of options.image) images.push(await readQuestion(trained.method.config, path));
    const scores = await severitiesOf(trained, images);
    const all =
      options.data === undefined
        ? []
        : await scoresOfAll(trained, options.data, async (some) =>
            (await severitiesOf(trained, some)).map((one) => [one]),
          );
    const ranks = ranksOf(scores);
    const answers = options.image.map((image, i) => {
      const score = scores[i]!; // one for each image
      return { image, score, rank: ranks[i]!, above: shareBelow(score, all.flat()) }; // likewise
    });
    const shown = answers
      .toSorted((a, b) => b.score - a.score)
      .map(({ image, score, rank, above }) => {
        const standing = above === null ? '' : `  (above ${(100 * above).toFixed(0)} % of this hospital's images)`;
        return `${String(rank).padStart(3)}  ${score.toFixed(4)}  ${image}${standing}`;
      });
    result(options, { ...modelOf(site), images: answers }, shown);
  });
}
