/**
 * How an upload is cut into chunks, for every encryption: the one place that knows which words and which bytes a chunk
 * holds. Source: proto/spec/secure-sum.md, sections 5 and 7.
 *
 * @module
 */
import { bgvCiphertextCount, bgvDegree, bgvSumBytes, bgvUploadBytes } from '../crypto/bgv-format.ts';
import { unreachable } from '../util/unreachable.ts';
import type { SumParameters } from './types.ts';
import { packedLength, wordsPerChunk } from './wire-words.ts';

/** The chunks of every upload under the same parameters, in order. */
export interface UploadCut {
  readonly chunkCount: number;
  /** Bytes of the whole upload. */
  readonly byteLength: number;
  /** The chunk in which a word lies. */
  indexOf(word: number): number;
  /** The first word of chunk `index`, a multiple of 8. */
  firstWordOf(index: number): number;
  /** Words in chunk `index`. */
  wordsOf(index: number): number;
  /** Where chunk `index` begins in the upload. */
  byteOffsetOf(index: number): number;
  /** Bytes of chunk `index`. */
  bytesOf(index: number): number;
}

type Cuttable = Pick<SumParameters, 'encryption' | 'modulusBits' | 'wordCount' | 'chunkBytes'>;

/** The cut of every upload under these parameters. */
export function uploadCut(parameters: Cuttable): UploadCut {
  const { wordCount } = parameters;
  const whole = wordsOfWholeChunk(parameters);
  const bytesOfWords = (words: number): number => encodedLength(parameters, words);
  const firstWordOf = (index: number): number => index * whole;
  const wordsOf = (index: number): number => Math.min(whole, wordCount - index * whole);
  return {
    chunkCount: Math.ceil(wordCount / whole),
    byteLength: bytesOfWords(wordCount),
    indexOf: (word) => Math.floor(word / whole),
    firstWordOf,
    wordsOf,
    byteOffsetOf: (index) => bytesOfWords(firstWordOf(index)),
    bytesOf: (index) => bytesOfWords(wordsOf(index)),
  };
}

/** What `chunkBytes` of a plan is a multiple of: eight words, which take m bytes, or one ciphertext. */
export function chunkUnit(encryption: SumParameters['encryption'], modulusBits: number): number {
  return encryption === 'bgv' ? bgvUploadBytes : modulusBits;
}

/** Bytes of an aggregate that holds so many words: 4 a word, or with `bgv` a ciphertext for every 4096. */
export function aggregateLength({ encryption }: Pick<Cuttable, 'encryption'>, wordCount: number): number {
  return encryption === 'bgv' ? bgvSumBytes * bgvCiphertextCount(wordCount) : 4 * wordCount;
}

/** Bytes of every aggregate under these parameters. */
export function aggregateByteLength(parameters: Cuttable): number {
  return aggregateLength(parameters, parameters.wordCount);
}

function wordsOfWholeChunk({ encryption, modulusBits, chunkBytes }: Cuttable): number {
  if (encryption !== 'bgv') return wordsPerChunk(chunkBytes, modulusBits);
  return bgvDegree * Math.max(1, Math.floor(chunkBytes / bgvUploadBytes));
}

function encodedLength({ encryption, modulusBits }: Cuttable, words: number): number {
  switch (encryption) {
    case 'none':
    case 'stream':
      return packedLength(words, modulusBits);
    case 'bgv':
      return bgvUploadBytes * bgvCiphertextCount(words);
    default:
      return unreachable(encryption);
  }
}
