/** What a model's programs answer. @module */
import type * as tf from '@tensorflow/tfjs';
import type { Tensors } from '#client/engine/types';
import { InvariantError } from '#shared/errors';
import type { Outputs } from './types.ts';

/** The output of this name, example by example. @throws InvariantError (unreachable) if the method has none */
export function outputNamed(outputs: Outputs, name: string): readonly Float32Array[] {
  const found = outputs[name];
  if (found === undefined) throw new InvariantError('unreachable', `the method gives no output ${name}`);
  return found;
}

/** The rows `[B, E]` of a traced output. @throws InvariantError (unreachable) if the method has none */
export function outputTensor(outputs: Tensors, name: string): tf.Tensor2D {
  const found = outputs[name];
  if (found === undefined) throw new InvariantError('unreachable', `the method gives no output ${name}`);
  return found as tf.Tensor2D; // rows, as `Method` declares them
}
