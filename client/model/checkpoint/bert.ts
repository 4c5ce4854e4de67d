/**
 * Text transformers in the layout of BERT (`encoder.layer.N.attention.self.query.weight`). A text is one segment, so that
 * the embedding of the first segment is added to every position. Pooler and heads are not read.
 *
 * Source: https://github.com/huggingface/transformers, `models/bert/modeling_bert.py`, `BertModel`.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import type { NamedTensor } from '../safetensors.ts';
import type { TextEncoderSizes } from '../text-encoder.ts';
import { addRow, linearRules, normRules, readCheckpoint, type Rule, same, writeCheckpoint } from './rules.ts';

/** What BERT differs in from our text encoder; sizes for one are these and its own. */
export const bertKind = { order: 'post', gelu: 'exact', layerNormEps: 1e-12 } as const;

const embeddings = 'embeddings';

/**
 * The values of the encoder `name` without its head. A checkpoint may have more positions than `sizes.length`.
 *
 * @throws DecodeError (badFormat) if the checkpoint is of another layout or of other sizes
 * @throws UsageError (badArgument) if the encoder cannot be a BERT
 */
export function readBert(
  tensors: readonly NamedTensor[],
  name: string,
  sizes: TextEncoderSizes,
): Readonly<Record<string, Float32Array>> {
  return readCheckpoint(rulesOf(name, sizes), tensors, `${embeddings}.word_embeddings.weight`);
}

/** The tensors of the encoder `name` without its head, its positions as many as `sizes.length`. */
export function writeBert(
  values: Readonly<Record<string, Float32Array>>,
  name: string,
  sizes: TextEncoderSizes,
): readonly NamedTensor[] {
  const { dim } = sizes;
  const segments = { name: `${embeddings}.token_type_embeddings.weight`, shape: [2, dim] };
  return [...writeCheckpoint(rulesOf(name, sizes), values), { ...segments, values: new Float32Array(2 * dim) }];
}

function rulesOf(name: string, sizes: TextEncoderSizes): readonly Rule[] {
  const { dim, blocks, vocabulary } = sizes;
  if (sizes.order !== 'post')
    throw new UsageError('badArgument', "BERT's order is 'post': it normalises after its parts");
  const blockRules = Array.from({ length: blocks }, (_, i): readonly Rule[] => {
    const [ours, theirs] = [`${name}.block${i}`, `encoder.layer.${i}`];
    const thirds = ['query', 'key', 'value'].map((part) => `${theirs}.attention.self.${part}`);
    return [
      ...linearRules(`${ours}.qkv`, thirds, dim, dim),
      ...linearRules(`${ours}.out`, [`${theirs}.attention.output.dense`], dim, dim),
      ...normRules(`${ours}.norm1`, `${theirs}.attention.output.LayerNorm`, dim),
      ...linearRules(`${ours}.mlp1`, [`${theirs}.intermediate.dense`], dim, 4 * dim),
      ...linearRules(`${ours}.mlp2`, [`${theirs}.output.dense`], 4 * dim, dim),
      ...normRules(`${ours}.norm2`, `${theirs}.output.LayerNorm`, dim),
    ];
  });
  return [
    same(`${name}.word`, `${embeddings}.word_embeddings.weight`, [vocabulary, dim]),
    positions(name, sizes),
    ...normRules(`${name}.norm`, `${embeddings}.LayerNorm`, dim),
    ...blockRules.flat(),
  ];
}

function positions(name: string, { length, dim }: TextEncoderSizes): Rule {
  const theirs = `${embeddings}.position_embeddings.weight`;
  return {
    name: `${name}.position`,
    read: (checkpoint) => {
      const all = checkpoint.tensor(theirs, [undefined, dim]);
      if (all.length < length * dim) {
        throw new UsageError('badArgument', `the checkpoint has ${all.length / dim} positions, the encoder ${length}`);
      }
      const segment = checkpoint.tensor(`${embeddings}.token_type_embeddings.weight`, [undefined, dim]).slice(0, dim);
      return addRow(all.slice(0, length * dim), segment);
    },
    write: (values) => [{ name: theirs, shape: [length, dim], values }],
  };
}
