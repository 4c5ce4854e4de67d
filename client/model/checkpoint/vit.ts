/**
 * Vision transformers in the layout of timm (`blocks.N.attn.qkv.weight`), over images or volumes. Their head is not read:
 * an embedding has a head of its own.
 *
 * Source: https://github.com/huggingface/pytorch-image-models, `timm/models/vision_transformer.py`, `VisionTransformer`.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import { type ImageEncoderSizes, patchGrid } from '../image-encoder.ts';
import type { NamedTensor } from '../safetensors.ts';
import { inflatedFilters, repeated, summedColours } from './inflate.ts';
import { addRow, type Checkpoint, linearRules, normRules, readCheckpoint, type Rule, transposed, writeCheckpoint } from './rules.ts'; // prettier-ignore

/** What a published vision transformer differs in from ours; sizes for one are these and its own. */
export const vitKind = { pool: 'class', gelu: 'exact', layerNormEps: 1e-6 } as const;

/**
 * The values of the encoder `name` without its head. A checkpoint of coloured images may be read for grey ones, and one of
 * images for volumes (`inflate.ts`).
 *
 * @throws DecodeError (badFormat) if the checkpoint is of another layout or of other sizes
 * @throws UsageError (badArgument) if the encoder cannot be such a transformer
 */
export function readVit(
  tensors: readonly NamedTensor[],
  name: string,
  sizes: ImageEncoderSizes,
): Readonly<Record<string, Float32Array>> {
  return readCheckpoint(rulesOf(name, sizes), tensors, 'patch_embed.proj.weight');
}

/** The tensors of the encoder `name` without its head, for `load_state_dict(..., strict=False)`. */
export function writeVit(
  values: Readonly<Record<string, Float32Array>>,
  name: string,
  sizes: ImageEncoderSizes,
): readonly NamedTensor[] {
  return writeCheckpoint(rulesOf(name, sizes), values);
}

function rulesOf(name: string, sizes: ImageEncoderSizes): readonly Rule[] {
  const { dim, blocks } = sizes;
  if (sizes.order === 'post') throw new UsageError('badArgument', 'a vision transformer normalises before its parts');
  const blockRules = Array.from({ length: blocks }, (_, i): readonly Rule[] => {
    const [ours, theirs] = [`${name}.block${i}`, `blocks.${i}`];
    return [
      ...normRules(`${ours}.norm1`, `${theirs}.norm1`, dim),
      ...linearRules(`${ours}.qkv`, [`${theirs}.attn.qkv`], dim, 3 * dim),
      ...linearRules(`${ours}.out`, [`${theirs}.attn.proj`], dim, dim),
      ...normRules(`${ours}.norm2`, `${theirs}.norm2`, dim),
      ...linearRules(`${ours}.mlp1`, [`${theirs}.mlp.fc1`], dim, 4 * dim),
      ...linearRules(`${ours}.mlp2`, [`${theirs}.mlp.fc2`], 4 * dim, dim),
    ];
  });
  return [...patchRules(name, sizes), ...tokenRules(name, sizes), ...blockRules.flat(), ...normRules(`${name}.norm`, 'norm', dim)]; // prettier-ignore
}

const theirs = 'patch_embed.proj';

/** Their filter is `[D, channels, ...patch]`; a row of our matrix is a pixel's channel, the channels of a pixel together. */
function patchRules(name: string, sizes: ImageEncoderSizes): readonly Rule[] {
  const { dim } = sizes;
  const { patch, values, channels } = patchGrid(sizes);
  const pixels = values / channels;
  const shape = [dim, channels, ...patch];
  return [
    {
      name: `${name}.patch.weight`,
      read: (checkpoint) => {
        const weight = transposed(filtersOf(checkpoint, sizes), dim, values);
        return withRows(weight, dim, (row) => (row % channels) * pixels + Math.floor(row / channels));
      },
      write: (ours) => {
        const weight = withRows(ours, dim, (row) => (row % pixels) * channels + Math.floor(row / pixels));
        return [{ name: `${theirs}.weight`, shape, values: transposed(weight, values, dim) }];
      },
    },
    {
      name: `${name}.patch.bias`,
      read: (checkpoint) => checkpoint.tensor(`${theirs}.bias`, [dim]),
      write: (bias) => [{ name: `${theirs}.bias`, shape: [dim], values: bias }],
    },
  ];
}

/** `[D, channels, ...patch]`, of volumes and of grey images also from what a checkpoint of images has. */
function filtersOf(checkpoint: Checkpoint, sizes: ImageEncoderSizes): Float32Array {
  const { dim } = sizes;
  const { patch, channels } = patchGrid(sizes);
  const colours = channels === 1 && checkpoint.shapeOf(`${theirs}.weight`)[1] === 3 ? 3 : channels;
  const plane = isOfImages(checkpoint, sizes) ? patch.slice(1) : patch;
  const all = checkpoint.tensor(`${theirs}.weight`, [dim, colours, ...plane]);
  const filters = colours === channels ? all : summedColours(all, dim, colours);
  return plane === patch ? filters : inflatedFilters(filters, dim, patch[0]!); // along the depth
}

/** Whether the encoder is one of volumes, and the checkpoint one of images. */
function isOfImages(checkpoint: Checkpoint, sizes: ImageEncoderSizes): boolean {
  return patchGrid(sizes).patch.length === 3 && checkpoint.shapeOf(`${theirs}.weight`).length === 4;
}

/** The rows of a matrix in another order. */
function withRows(values: Float32Array, columns: number, from: (row: number) => number): Float32Array {
  return values.map((_, at) => values[from(Math.floor(at / columns)) * columns + (at % columns)]!);
}

/** Their class token has a position of its own, which is the first; ours has it inside. */
function tokenRules(name: string, sizes: ImageEncoderSizes): readonly Rule[] {
  const { dim } = sizes;
  const { patches, grid } = patchGrid(sizes);
  const first = sizes.pool === 'class' ? 1 : 0;
  const shape = [1, first + patches, dim];
  /** Class token and places: of a slice, where the checkpoint knows images. */
  const read = (checkpoint: Checkpoint): Float32Array => {
    const slices = isOfImages(checkpoint, sizes) ? grid[0]! : 1; // along the depth
    const positions = checkpoint.tensor('pos_embed', [1, first + patches / slices, dim]);
    const out = new Float32Array((first + patches) * dim);
    out.set(positions.subarray(0, first * dim));
    out.set(repeated(positions.subarray(first * dim), slices), first * dim);
    return out;
  };
  const position: Rule = {
    name: `${name}.position`,
    read: (checkpoint) => read(checkpoint).slice(first * dim),
    write: (ours) => {
      const values = new Float32Array((first + patches) * dim);
      values.set(ours, first * dim);
      return [{ name: 'pos_embed', shape, values }];
    },
  };
  const token: Rule = {
    name: `${name}.class`,
    read: (checkpoint) => addRow(checkpoint.tensor('cls_token', [1, 1, dim]), read(checkpoint).slice(0, dim)),
    write: (ours) => [{ name: 'cls_token', shape: [1, 1, dim], values: ours }],
  };
  return first === 1 ? [position, token] : [position];
}
