/**
 * What the image encoder attended to: the same map whatever the image is compared with. Beside it, `occlusion.ts` says
 * what a score loses.
 *
 * @module
 */
import { compile } from '#client/engine/compile';
import type { CompileOptions, HostValues, Runner, StepProgram } from '#client/engine/types';
import { imageSpecs } from '#client/methods/batches/specs';
import { imageSizes } from '#client/methods/encoders';
import type { Method } from '#client/methods/types';
import { imageAttention } from '#client/model/image-attention';
import { patchGrid } from '#client/model/image-encoder';
import { answering } from '#client/train/programs';
import { UsageError } from '#shared/errors';
import type { PatchMap } from './patch-map.ts';
import { rollout } from './rollout.ts';

/** Answers with maps, one image at a time. */
export interface AttentionReader {
  /** @throws UsageError (unsupported) if the encoder has no attention */
  map(image: Float32Array): Promise<PatchMap>;
  dispose(): Promise<void>;
}

/** Compiles its program when it is first asked. */
export function attentionReader(method: Method, values: HostValues, options: CompileOptions): AttentionReader {
  let runner: Runner | undefined;
  return {
    map: async (image) => {
      if (runner === undefined) {
        runner = await compile(attentionProgram(method), options);
        await runner.writeState(values);
      }
      const { attention } = await runner.step({ image });
      return mapOf(method, attention as Float32Array); // as the program says
    },
    dispose: async () => runner?.dispose(),
  };
}

/** `attention` `[1, K, T, T]` of one image. @throws UsageError (unsupported) if the encoder has none */
export function attentionProgram(method: Method): StepProgram {
  const { config } = method;
  if (config.image.encoder !== 'vit')
    throw new UsageError('unsupported', 'a residual network has no attention: ask for --map occlusion');
  return answering(method, imageSpecs(config, 1), (weights, { image }) => ({
    attention: imageAttention(method.attended?.weights?.(weights) ?? weights, 'image', imageSizes(config), image!), // as declared
  }));
}

/** What has come of each patch into the embedding, less what has come of every patch. */
function mapOf({ attended, config }: Method, attention: Float32Array): PatchMap {
  const sizes = imageSizes(config);
  const { grid, patches } = patchGrid(sizes);
  const first = sizes.pool === 'class' ? 1 : 0;
  const tokens = first + patches;
  const flow = rollout(attention, tokens);
  // What stands for the image is the class token, or the mean of the patches.
  const rows = first === 1 && attended?.ofPatches !== true ? [0] : Array.from({ length: patches }, (_, i) => first + i);
  const shares = Array.from({ length: patches }, (_, patch) => {
    const column = rows.map((row) => flow[row * tokens + first + patch]!);
    return column.reduce((sum, share) => sum + share, 0) / rows.length;
  });
  const least = shares.reduce((a, b) => Math.min(a, b));
  return { grid, parts: shares.map((share) => share - least) };
}
