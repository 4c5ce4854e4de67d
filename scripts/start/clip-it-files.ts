/** The files that CLIP-IT needs on the phantom: the public bank of reports, and a CLIP that was trained on public pairs. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { tileArchive, tilePhantom } from '#client/data/phantom/tiles/generate';
import { methodOf } from '#client/methods/methods';
import type { Defaults } from '#client/methods/config';
import { splitWeights } from '#client/model/flat-weights';
import { encodeSafetensors } from '#client/model/safetensors';
import { openSession } from '#client/train/session';

/** Sizes that the checkpoint and the method share, and how the CLIP is trained. */
export interface Pretraining {
  /** The sections of the method that say how large the encoders are. */
  readonly encoders: Defaults;
  readonly pairs: number;
  readonly steps: number;
}

/**
 * Writes `reports.jsonl` and `checkpoint.safetensors` to `folder` and answers with the section `files` of the plan. The
 * same seed gives the same bytes on every machine of one kind; what is there already is kept.
 */
export async function prepareClipIt(folder: string, seed: number, pretraining: Pretraining): Promise<Defaults> {
  await mkdir(folder, { recursive: true });
  const banks = tilePhantom.publicFiles?.(seed) ?? [];
  for (const { name, bytes } of banks) await writeFile(join(folder, name), bytes);
  const checkpoint = join(folder, 'checkpoint.safetensors');
  if (!existsSync(checkpoint)) {
    await writeFile(`${checkpoint}.new`, await trainedClip(seed, pretraining));
    await rename(`${checkpoint}.new`, checkpoint);
  }
  return {
    files: {
      checkpoint: await planFile(folder, 'checkpoint.safetensors'),
      bank: await planFile(folder, 'reports.jsonl'),
    },
  };
}

async function planFile(folder: string, name: string): Promise<Defaults> {
  const bytes = await readFile(join(folder, name));
  return { name, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A plain CLIP, trained on the public archive alone, as safetensors by our names. */
async function trainedClip(seed: number, { encoders, pairs, steps }: Pretraining): Promise<Uint8Array> {
  const config = { ...encoders, seed, training: { localSteps: steps } };
  const session = await openSession({
    ...{ method: 'clip', config, rounds: 1, seed, engine: 'onnx' as const },
    data: { pairs: phantomPairs(tileArchive, { seed, site: 'archive', trainPairs: pairs }) },
  });
  try {
    const { weights } = await session.trainAlone(() => undefined);
    const { parameters } = methodOf('clip', config);
    const values = splitWeights(parameters, weights);
    return encodeSafetensors(parameters.map(({ name, shape }) => ({ name, shape, values: values[name]! }))); // of them all
  } finally {
    await session.dispose();
  }
}
