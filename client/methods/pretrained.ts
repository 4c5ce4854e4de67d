/**
 * Encoders that begin from published checkpoints. Their heads begin from the seed. Our vocabularies are public lists of
 * their own, so a word begins as the mean of the pieces that the checkpoint's vocabulary cuts it into.
 *
 * Source: Gee et al. 2022 (arXiv 2402.09977), section 3, for words of another vocabulary; `WordPiece` of Wu et al. 2016
 * (arXiv 1609.08144) for the cutting.
 *
 * @module
 */
import type { HostValues } from '#client/engine/types';
import { readBert } from '#client/model/checkpoint/bert';
import { readVit } from '#client/model/checkpoint/vit';
import { decodeCheckpoint } from '#client/model/safetensors';
import { vocabularyNamed } from '#client/text/vocabularies';
import { UsageError } from '#shared/errors';
import type { Pretrained } from './config.ts';
import { type EncoderConfig, imageSizes, textSizes } from './encoders.ts';
import type { Files } from './types.ts';

/**
 * The values of the encoders `image` and `text` where the plan names checkpoints for them.
 *
 * @throws UsageError (noSuchFile) without the files, (badPlan, badArgument) if the plan's encoder cannot be theirs;
 * DecodeError (badFormat, wrongLength, outOfRange) if they are of another layout or of other sizes
 */
export async function pretrainedValues(config: EncoderConfig, files: Files): Promise<HostValues> {
  const { image, text } = config.pretrained ?? {};
  return {
    ...(image === undefined ? {} : await imageValues(config, image, files)),
    ...(text === undefined ? {} : await textValues(config, text, files)),
  };
}

type Named<Kind extends keyof Pretrained> = NonNullable<Pretrained[Kind]>;

async function imageValues(config: EncoderConfig, file: Named<'image'>, files: Files): Promise<HostValues> {
  if (config.image.encoder !== 'vit')
    throw new UsageError(
      'badPlan',
      "the method's configuration: pretrained.image: a vit-timm is no resnet, and checkpoints of residual networks are " +
        'not read: say image.encoder: vit, or leave pretrained.image out',
    );
  return readVit(decodeCheckpoint(await files.read(file)), 'image', imageSizes(config));
}

async function textValues(config: EncoderConfig, file: Named<'text'>, files: Files): Promise<HostValues> {
  const theirs = wordsOf(await files.read(file.vocabulary));
  const sizes = { ...textSizes(config), vocabulary: theirs.length };
  const values = readBert(decodeCheckpoint(await files.read(file)), 'text', sizes);
  const { pieces } = vocabularyNamed(config.text.vocabulary);
  const rows = values['text.word']!; // a rule of its own
  return { ...values, 'text.word': rowsFor(pieces, theirs, rows, sizes.dim), ...hiddenWord(theirs, rows, sizes.dim) };
}

/** `text.hidden`, what methods that mask words show in their place, where the checkpoint has learnt that. */
function hiddenWord(theirs: readonly string[], rows: Float32Array, dim: number): HostValues {
  const row = theirs.indexOf('[MASK]');
  return row < 0 ? {} : { 'text.hidden': rows.slice(row * dim, (row + 1) * dim) };
}

/** One piece a line. */
function wordsOf(bytes: Uint8Array): readonly string[] {
  const words = new TextDecoder().decode(bytes).replace(/\r?\n$/, '').split(/\r?\n/); // prettier-ignore
  const missing = Object.values(special).filter((word) => !words.includes(word));
  if (missing.length === 0) return words;
  throw new UsageError('badFormat', `the vocabulary of the checkpoint has no line ${missing.join(', ')}`);
}

/** What stands for our own marks, and for what BERT cannot cut. */
const special = { '<pad>': '[PAD]', '<class>': '[CLS]', unknown: '[UNK]' } as const;

/** Our rows as means of theirs. `[pieces, D]`. */
function rowsFor(pieces: readonly string[], theirs: readonly string[], rows: Float32Array, dim: number): Float32Array {
  const rowOf = new Map(theirs.map((word, row) => [word, row]));
  const out = new Float32Array(pieces.length * dim);
  pieces.forEach((piece, i) => {
    const parts = cut(piece, rowOf);
    for (const row of parts) {
      for (let d = 0; d < dim; d++) out[i * dim + d]! += rows[row * dim + d]! / parts.length;
    }
  });
  return out;
}

/** The rows of the longest pieces that make up one of ours, from the left; the unknown word's where some of it is missing. */
function cut(piece: string, rowOf: ReadonlyMap<string, number>): readonly number[] {
  const own = piece === '<pad>' || piece === '<class>' ? rowOf.get(special[piece]) : rowOf.get(piece);
  if (own !== undefined) return [own];
  const unknown = [rowOf.get(special.unknown)!]; // `wordsOf` has seen it
  if (/^<.+>$/.test(piece)) return unknown;
  const found: number[] = [];
  const continues = piece.startsWith('##');
  for (let rest = continues ? piece.slice(2) : piece; rest !== '';) {
    const front = continues || found.length > 0 ? '##' : '';
    const length = longest(rest, front, rowOf);
    if (length === 0) return unknown;
    found.push(rowOf.get(front + rest.slice(0, length))!); // just looked up
    rest = rest.slice(length);
  }
  return found;
}

function longest(text: string, front: string, rowOf: ReadonlyMap<string, number>): number {
  let length = text.length;
  while (length > 0 && !rowOf.has(front + text.slice(0, length))) length--;
  return length;
}
