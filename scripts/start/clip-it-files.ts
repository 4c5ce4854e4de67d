/** CLIP-IT on the phantom: its section of the plan, and the files that the section names, made from public data. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { phantomPairs } from '#client/data/phantom/phantoms';
import type { Pair } from '#client/data/types';
import { tileClasses } from '#client/data/phantom/tiles/classes';
import { tileArchive, tilePhantom } from '#client/data/phantom/tiles/generate';
import { methodOf } from '#client/methods/methods';
import { laid } from '#client/methods/clip-it/turns';
import type { Defaults } from '#client/methods/config';
import { splitWeights } from '#client/model/flat-weights';
import { encodeSafetensors } from '#client/model/safetensors';
import { openSession } from '#client/train/session';

/** What the checkpoint and the method must agree on. */
const encoders = {
  image: { size: 48, channels: 3 },
  text: { vocabulary: 'phantom-tiles-1', length: 24 },
};

/** Of the plain CLIP that becomes the checkpoint: public pairs, in how many ways each is laid, and steps. */
const pretraining = { pairs: 2000, ways: 3, steps: 500 };

/** Rounds of eight steps: with few labels at each site, models that part for longer average worse. */
export const clipItRounds = 30;

/**
 * CLIP-IT's section of a plan for the phantom, without its files; `own` is laid over what is CLIP-IT's own. Every hospital
 * keeps its fusion: their mixes of grades differ.
 */
export function clipItSection(own: Defaults = {}): Defaults {
  const clipIt = { classes: tileClasses, fusion: 'local', ...own };
  return { ...encoders, training: { localSteps: 8, batchSize: 24 }, clipIt };
}

/**
 * Writes `reports.jsonl` and `checkpoint.safetensors` to `folder` and answers with the section `files` of the plan. The
 * same seed gives the same files on every machine of one kind; a checkpoint that is there already is kept.
 */
export async function prepareTileFiles(folder: string, seed: number): Promise<Defaults> {
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of tilePhantom.publicFiles?.(seed) ?? []) await writeFile(join(folder, name), bytes);
  const checkpoint = join(folder, 'checkpoint.safetensors');
  if (!existsSync(checkpoint)) {
    await writeFile(`${checkpoint}.new`, await trainedClip(seed));
    await rename(`${checkpoint}.new`, checkpoint);
  }
  return {
    files: {
      checkpoint: await planFile(folder, 'checkpoint.safetensors'),
      bank: await planFile(folder, 'reports.jsonl'),
    },
  };
}

/** A file by its hash, as a plan names it. */
export async function planFile(folder: string, name: string): Promise<Defaults> {
  const bytes = await readFile(join(folder, name));
  return { name, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A plain CLIP, trained on the public archive alone, as safetensors by our names. */
async function trainedClip(seed: number): Promise<Uint8Array> {
  const config = { ...encoders, seed, training: { localSteps: pretraining.steps } };
  const pairs = turned(phantomPairs(tileArchive, { seed, site: 'archive', trainPairs: pretraining.pairs }));
  const session = await openSession({ method: 'clip', config, rounds: 1, seed, engine: 'onnx', data: { pairs } });
  try {
    const { weights } = await session.trainAlone(() => undefined);
    const { parameters } = methodOf('clip', config);
    const values = splitWeights(parameters, weights);
    return encodeSafetensors(parameters.map(({ name, shape }) => ({ name, shape, values: values[name]! }))); // of them all
  } finally {
    await session.dispose();
  }
}

/** Every pair in several of the eight ways to lay its tile. */
function turned(pairs: readonly Pair[]): readonly Pair[] {
  const { size, channels } = encoders.image;
  const ways = Array.from({ length: pretraining.ways }, (_, i) => i);
  return ways.flatMap((way) =>
    pairs.map((pair, i) => ({ ...pair, image: laid(pair.image, size, channels, (way * 3 + i) % 8) })),
  );
}
