/**
 * Groups of unit vectors that lie close together: spherical k-means on a sample, then every vector to its nearest centre.
 * N vectors, L lists, D numbers each. From a fixed seed: the same vectors on the same machine give the same groups.
 *
 * Source: Dhillon and Modha 2001, algorithm 1; the inverted lists are those of Sivic and Zisserman 2003.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { type Random, randomFor } from '#client/data/random';
import { compile } from '#client/engine/compile';
import type { StepProgram } from '#client/engine/types';
import { weight } from '#client/model/parameters';
import { type Vectors, vectorsIn } from './vectors.ts';

/** Vectors of the sample for each centre, and rounds of k-means. */
const samplePerCentre = 48;
const rounds = 8;

/** Vectors compared with all centres at a time. */
const block = 2048;

/** How vectors are grouped. */
export interface Grouping {
  /** `[L, D]`, unit vectors. */
  readonly centres: Float32Array;
  /** The list of each vector. */
  readonly listOf: Uint32Array;
}

/** Lists for so many vectors; why four times the root: docs/decisions/0010-search-index.md. */
export function listCount(vectorCount: number): number {
  return Math.max(1, Math.round(Math.min(4 * Math.sqrt(vectorCount), vectorCount / 4)));
}

/** The vectors in `lists` groups. In memory are the sample, and a block of the others. */
export async function grouped(vectors: Vectors, lists: number, threads: number): Promise<Grouping> {
  const { dimensions } = vectors;
  const random = randomFor(1, 'searchLists');
  const sample = sampleOf(vectors, lists * samplePerCentre, random);
  let centres = sampleOf(vectorsIn(sample, dimensions), lists, random);
  const { nearestCentres, dispose } = await openNearest(dimensions, centres.length / dimensions, threads);
  try {
    for (let round = 0; round < rounds; round++) {
      const nearest = await nearestCentres(vectorsIn(sample, dimensions), centres);
      centres = meansOf(sample, nearest, centres, dimensions);
    }
    return { centres, listOf: await nearestCentres(vectors, centres) };
  } finally {
    await dispose();
  }
}

/** So many different rows, or all of them. */
function sampleOf(vectors: Vectors, wanted: number, random: Random): Float32Array {
  const { count, dimensions } = vectors;
  if (count <= wanted) return vectors.read(0, count).slice();
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const out = new Float32Array(wanted * dimensions);
  for (let i = 0; i < wanted; i++) {
    const at = i + random.integer(count - i);
    const row = order[at]!;
    order[at] = order[i]!;
    out.set(vectors.read(row, row + 1), i * dimensions);
  }
  return out;
}

interface Nearest {
  /** The centre of the greatest product with each vector. */
  readonly nearestCentres: (vectors: Vectors, centres: Float32Array) => Promise<Uint32Array>;
  readonly dispose: () => Promise<void>;
}

/** Compiled: a million vectors and a thousand centres are 64 thousand million products. */
async function openNearest(dimensions: number, lists: number, threads: number): Promise<Nearest> {
  const program: StepProgram = {
    state: { centres: { shape: [lists, dimensions], dtype: 'float32' } },
    inputs: { vectors: { shape: [block, dimensions], dtype: 'float32' } },
    step: (state, inputs) => {
      const products = tf.matMul(weight<tf.Rank.R2>(inputs, 'vectors'), weight(state, 'centres'), false, true);
      return { state, outputs: { nearest: tf.argMax(products, 1) } };
    },
  };
  const runner = await compile(program, { engine: 'onnx', threads, worker: false });
  return {
    nearestCentres: async (vectors, centres) => {
      await runner.writeState({ centres });
      const nearest = new Uint32Array(vectors.count);
      const part = new Float32Array(block * dimensions);
      for (let row = 0; row < nearest.length; row += block) {
        const some = vectors.read(row, Math.min(vectors.count, row + block));
        part.set(some);
        const outputs = await runner.step({ vectors: part });
        nearest.set(outputs['nearest']!.subarray(0, some.length / dimensions), row); // the program's output
      }
      return nearest;
    },
    dispose: () => runner.dispose(),
  };
}

/** The directions of the groups' means; a centre that nobody is near to stays where it is. */
function meansOf(vectors: Float32Array, listOf: Uint32Array, centres: Float32Array, dimensions: number): Float32Array {
  const sums = new Float64Array(centres.length);
  listOf.forEach((list, row) => {
    for (let d = 0; d < dimensions; d++) sums[list * dimensions + d]! += vectors[row * dimensions + d]!;
  });
  const means = centres.slice();
  for (let at = 0; at < means.length; at += dimensions) {
    const sum = sums.subarray(at, at + dimensions);
    const norm = Math.hypot(...sum);
    if (norm > 0) means.set(Float32Array.from(sum, (value) => value / norm), at); // prettier-ignore
  }
  return means;
}
