/**
 * Many small tensors as one: an optimiser takes a dozen operations per tensor, and on a vector each costs more to start
 * than to run.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../shapes.ts';

/** A list of tensors with its vectors and scalars joined, and back. */
export interface Together {
  /** All vectors and scalars end to end, when there are some, then the others. Tensors are in the order of the shapes. */
  join(tensors: readonly tf.Tensor[]): readonly tf.Tensor[];
  /** The tensors again, from what `join` gave or something of its shapes. */
  apart(joined: readonly tf.Tensor[]): readonly tf.Tensor[];
}

/** For lists of tensors of these shapes. */
export function together(shapes: readonly (readonly number[])[]): Together {
  const isSmall = ({ length }: readonly number[]): boolean => length < 2;
  const small = shapes.filter(isSmall);
  if (small.length === 0) return { join: (tensors) => tensors, apart: (joined) => joined };
  return {
    join: (tensors) => {
      const flat = tensors.filter(({ shape }) => isSmall(shape)).map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1]));
      return [tf.concat(flat), ...tensors.filter(({ shape }) => !isSmall(shape))];
    },
    apart: ([flat, ...others]) => {
      const parts = tf.split(flat!, small.map(sizeOf)); // `join` puts it first
      return shapes.map((shape) => (isSmall(shape) ? tf.reshape(parts.shift()!, [...shape]) : others.shift()!)); // as many as joined
    },
  };
}
