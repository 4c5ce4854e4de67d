/**
 * Scores of images for prompts, or for the classes that a method was trained for. What a score means is the method's: a
 * cosine orders images, it is no probability.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import type { BrgsaConfig } from '#client/methods/brgsa/config';
import { zeroShotScoresOf } from '#client/methods/brgsa/zero-shot';
import type { ClipItConfig } from '#client/methods/clip-it/config';
import { outputNamed } from '#client/methods/outputs';
import { type Imaged, imageVectors, textVectors, type Trained } from './open-trained.ts';

/** Asks a model for classes. */
export interface Classifier {
  /** The prompts, or the method's own classes. */
  readonly classes: readonly string[];
  readonly meaning: 'cosine' | 'probability';
  /** `[N, C]`. */
  readonly scores: (images: readonly Imaged[]) => Promise<readonly (readonly number[])[]>;
}

/**
 * The classifier of a model and these prompts.
 *
 * @throws UsageError (unsupported) if the method has no text encoder, (badArgument) if prompts are missing or too many
 */
export function classifierOf(trained: Trained, prompts: readonly string[]): Promise<Classifier> {
  const { method, model } = trained;
  if (method.name === 'clip-it') return Promise.resolve(ownClasses(trained, prompts));
  if (method.text === undefined)
    throw new UsageError('unsupported', `${method.name} reads no prompts: ask for severity, or search with an image`);
  if (prompts.length === 0)
    throw new UsageError('badArgument', 'give at least one --prompt, such as "There is effusion"');
  if (method.name !== 'brgsa') return byCosine(trained, prompts);
  const { score } = (method.config as BrgsaConfig).brgsa; // what the method was made of
  const texts = prompts.map(trained.textOf);
  return Promise.resolve({
    classes: prompts,
    meaning: 'cosine',
    scores: (images) => zeroShotScoresOf(model, images, texts, score),
  });
}

function ownClasses({ method, model }: Trained, prompts: readonly string[]): Classifier {
  const { classes } = (method.config as ClipItConfig).clipIt; // what the method was made of
  if (prompts.length > 0)
    throw new UsageError('badArgument', `clip-it was trained for ${classes.join(', ')}: leave --prompt out`);
  return {
    classes,
    meaning: 'probability',
    scores: async (images) => outputNamed(await model.images(images), 'probabilities').map((row) => Array.from(row)),
  };
}

async function byCosine(trained: Trained, prompts: readonly string[]): Promise<Classifier> {
  const asked = await textVectors(trained, prompts);
  return {
    classes: prompts,
    meaning: 'cosine',
    scores: async (images) =>
      (await imageVectors(trained, images)).map((image) => asked.map((prompt) => cosine(image, prompt))),
  };
}

/** Of unit vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
