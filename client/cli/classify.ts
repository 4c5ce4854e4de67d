/** `consilium-site classify` @module */
import type { Command } from 'commander';
import { type Classifier, classifierOf } from '#client/use/classify';
import { readQuestion } from '#client/use/questions';
import { scoresOfAll, shareBelow } from '#client/use/standing';
import type { Imaged, Trained } from '#client/use/open-trained';
import { result } from './output.ts';
import {
  collected,
  type MapOptions,
  type ModelOptions,
  modelCommand,
  modelOf,
  withMap,
  withModel,
  writeOverlay,
} from './use-model.ts';

interface Options extends ModelOptions, MapOptions {
  readonly image: readonly string[];
  readonly prompt: readonly string[];
  readonly data?: string;
}

/** A class of an image. */
interface Answer {
  readonly class: string;
  readonly score: number;
  /** The share of the hospital's images that score lower; null where they were not given. */
  readonly above: number | null;
  readonly overlay?: string;
}

/** Adds the command. */
export function addClassify(program: Command): void {
  const command = modelCommand(
    program,
    'classify',
    'scores images for prompts, or for the classes that the method was trained for',
  )
    .requiredOption('--image <files...>', 'images or volumes')
    .option('--prompt <text>', 'such as "There is effusion"; may be given several times', collected, [])
    .option('--data <csv>', "a pairs.csv: says where a score stands among this hospital's own images")
    .option('--overlay <dir>', 'PNG maps of the patches that drove each score, numbered by image and class');
  withMap(command).action(classify);
}

async function classify(options: Options): Promise<void> {
  await withModel(options, async (trained, site) => {
    const classifier = await classifierOf(trained, options.prompt);
    const images: Imaged[] = [];
    for (const path of options.image) images.push(await readQuestion(trained.method.config, path));
    const scores = await classifier.scores(images);
    const all = options.data === undefined ? [] : await scoresOfAll(trained, options.data, classifier.scores);
    const answers: { image: string; classes: readonly Answer[] }[] = [];
    for (const [i, path] of options.image.entries()) {
      const overlays = await overlaysOf(trained, options, classifier, images[i]!, i); // as many as paths
      const classes = classifier.classes.map((name, c): Answer => {
        const score = scores[i]![c]!; // images x classes
        const above = shareBelow(score, all.map((row) => row[c]!)); // prettier-ignore
        return { class: name, score, above, ...overlays[c] };
      });
      answers.push({ image: path, classes });
    }
    const { meaning } = classifier;
    result(
      options,
      { ...modelOf(site), meaning, images: answers },
      answers.flatMap((one) => lines(one, meaning)),
    );
  });
}

async function overlaysOf(
  trained: Trained,
  { overlay, map }: Options,
  { classes, scores }: Classifier,
  image: Imaged,
  number: number,
): Promise<readonly { readonly overlay: string }[]> {
  if (overlay === undefined) return [];
  const made: { readonly overlay: string }[] = [];
  for (const c of classes.keys()) {
    const scoreOf = async (images: readonly Imaged[]): Promise<readonly number[]> =>
      (await scores(images)).map((row) => row[c]!); // one for each class
    const name = `image-${String(number + 1)}-class-${String(c + 1)}`;
    made.push({ overlay: await writeOverlay(trained, { folder: overlay, map }, name, image, scoreOf) });
  }
  return made;
}

function lines(
  { image, classes }: { readonly image: string; readonly classes: readonly Answer[] },
  meaning: Classifier['meaning'],
): readonly string[] {
  const shown = classes.toSorted((a, b) => b.score - a.score).map((one) => `  ${one.score.toFixed(4)}  ${one.class}${standing(one)}`); // prettier-ignore
  return [`${image} (${meaning}):`, ...shown];
}

function standing({ above }: Answer): string {
  return above === null ? '' : `  (above ${(100 * above).toFixed(0)} % of this hospital's images)`;
}
