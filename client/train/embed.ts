/** Pairs to embeddings. @module */
import type { Pair } from '#client/data/types';
import type { Runner } from '#client/engine/types';
import type { EmbeddedPairs } from '#client/evaluate/report';
import type { MethodConfig } from '#client/methods/config';
import { plainValues } from './pair-values.ts';
import { embedBatch } from './programs.ts';

/** The unit embeddings of the pairs by the runner of an embed program. */
export async function embedPairs(runner: Runner, pairs: readonly Pair[], config: MethodConfig): Promise<EmbeddedPairs> {
  const images: Float32Array[] = [];
  const texts: Float32Array[] = [];
  for (let at = 0; at < pairs.length; at += embedBatch) {
    const some = pairs.slice(at, at + embedBatch);
    const outputs = await runner.step(plainValues(some, embedBatch, config));
    images.push(...rowsOf(outputs['image']!, some.length, config.embedding));
    texts.push(...rowsOf(outputs['text']!, some.length, config.embedding));
  }
  return { images, texts, reports: pairs.map((pair) => pair.report), patientIds: pairs.map((pair) => pair.patientId) };
}

/** The first `count` rows of a matrix of `width` columns; what a short batch leaves empty is not among them. */
function rowsOf(values: ArrayLike<number>, count: number, width: number): Float32Array[] {
  const all = Float32Array.from(values);
  return Array.from({ length: count }, (_, i) => all.slice(i * width, (i + 1) * width));
}
