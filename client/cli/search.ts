/** `consilium-site search` @module */
import type { Command } from 'commander';
import { dirname, resolve } from 'node:path';
import { readPairsCsv } from '#client/data/pairs-csv';
import { UsageError } from '#shared/errors';
import { cosine } from '#client/use/classify';
import { openIndex, type VectorKind } from '#client/use/index-file';
import { type Imaged, imageVectors, textVectors, type Trained } from '#client/use/open-trained';
import { readQuestion } from '#client/use/questions';
import { expectModel, type Found, search as searchIn } from '#client/use/search';
import { whole } from './arguments.ts';
import { result } from './output.ts';
import {
  type MapOptions,
  type ModelOptions,
  modelCommand,
  modelOf,
  withMap,
  withModel,
  writeOverlay,
} from './use-model.ts';

interface Options extends ModelOptions, MapOptions {
  readonly image?: string;
  readonly text?: string;
  readonly index: string;
  readonly among: string;
  readonly k: number;
  readonly exact?: true;
  readonly data?: string;
}

/** Adds the command. */
export function addSearch(program: Command): void {
  const command = modelCommand(
    program,
    'search',
    "finds what is nearest to an image or a text among this hospital's own pairs",
  )
    .option('--image <file>', 'an image or a volume')
    .option('--text <text>', 'a sentence as a report would have it')
    .requiredOption('--index <file>', 'what consilium-site index made')
    .option('--among <kind>', 'compare with images or with reports', 'images')
    .option('-k <n>', 'how many to find', whole(1), 10)
    .option('--exact', 'compare with all vectors instead of the nearest lists')
    .option('--overlay <dir>', 'PNG maps of the patches that drove each match, numbered as the results')
    .option('--data <csv>', 'the pairs.csv of the index, for maps on images that a text found');
  withMap(command).action(search);
}

async function search(options: Options): Promise<void> {
  const among = checked(options);
  const index = openIndex(options.index);
  try {
    await withModel(options, async (trained, site) => {
      expectModel(options.index, index, modelOf(site));
      const question = await questionOf(trained, options);
      const found = searchIn(index, question.vector, { k: options.k, among, exact: options.exact === true });
      const overlays = await overlaysOf(trained, options, question, found);
      const results = found.map(({ id, patientId, score }, i) => ({ id, patientId, score, ...given(overlays[i]) }));
      result(options, { ...modelOf(site), among: options.among, results }, results.map(line));
    });
  } finally {
    index.close();
  }
}

/** What is compared. @throws UsageError (badArgument) where options do not fit together */
function checked({ image, text, among, overlay, data }: Options): VectorKind {
  if ((image === undefined) === (text === undefined))
    throw new UsageError('badArgument', 'give either --image FILE or --text TEXT');
  const kind = kindOf(among);
  if (overlay !== undefined && image === undefined && (data === undefined || kind === 'report'))
    throw new UsageError('badArgument', '--overlay shows images: with --text it needs --data CSV and --among images');
  return kind;
}

/** What was asked, as a vector, and as the image that it was. */
interface Question {
  readonly vector: Float32Array;
  readonly image?: Imaged;
}

async function questionOf(trained: Trained, { image, text = '' }: Options): Promise<Question> {
  if (image === undefined) return { vector: (await textVectors(trained, [text]))[0]! }; // one for one
  const read = await readQuestion(trained.method.config, image);
  return { vector: (await imageVectors(trained, [read]))[0]!, image: read }; // likewise
}

function kindOf(among: string): VectorKind {
  if (among === 'images') return 'image';
  if (among === 'reports') return 'report';
  throw new UsageError('badArgument', `--among ${among}: expected images or reports`);
}

function line({ id, patientId, score }: Omit<Found, 'vector'>, i: number): string {
  return `${String(i + 1).padStart(3)}  ${score.toFixed(4)}  ${id}  patient ${patientId}`;
}

/** Maps on the image that was asked, or else on the images that a text found: what drove each match. */
async function overlaysOf(
  trained: Trained,
  { overlay, map, data }: Options,
  { vector, image }: Question,
  found: readonly Found[],
): Promise<readonly string[]> {
  if (overlay === undefined) return [];
  const pathOf = image === undefined ? await imagePaths(data ?? '') : undefined;
  const paths: string[] = [];
  for (const [i, one] of found.entries()) {
    const shown = image ?? (await readQuestion(trained.method.config, pathOf?.(one.id) ?? ''));
    const target = image === undefined ? vector : one.vector;
    const scoreOf = async (images: readonly Imaged[]): Promise<readonly number[]> =>
      (await imageVectors(trained, images)).map((own) => cosine(own, target));
    paths.push(await writeOverlay(trained, { folder: overlay, map }, `match-${String(i + 1)}`, shown, scoreOf));
  }
  return paths;
}

/** The path of each row's image. @throws UsageError (noSuchFile, badFormat, missingColumn); (notFound) for another file's row */
async function imagePaths(csv: string): Promise<(id: string) => string> {
  const rows = new Map((await readPairsCsv(csv)).map(({ id, imagePath }) => [id, imagePath]));
  return (id) => {
    const path = rows.get(id);
    if (path === undefined) throw new UsageError('notFound', `${csv} is not the file that the index was made of`);
    return resolve(dirname(csv), path);
  };
}

function given(overlay: string | undefined): { readonly overlay?: string } {
  return overlay === undefined ? {} : { overlay };
}
