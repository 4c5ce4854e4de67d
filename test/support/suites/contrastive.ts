/** Suite `methods/contrastive`: losses and gradients as the compiled engine computes them. @module */
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import type { HostValues, StepProgram, Tensors } from '#client/engine/types';
import { infoNce, sigLip } from '#client/methods/contrastive';
import { list, number } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';

/** A loss of some inputs, and the parts of it that are asked for. */
type Loss = (values: Tensors) => Readonly<Record<string, tf.Scalar>> & { readonly loss: tf.Scalar };

export const contrastive: Suite = {
  infoNce: (input) =>
    lossAndGradient(input, ['image', 'text', 'logitScale'], ({ image, text, logitScale }) => ({
      ...infoNce(image as tf.Tensor2D, text as tf.Tensor2D, logitScale as tf.Scalar), // as declared below
    })),
  sigLip: (input) =>
    lossAndGradient(input, ['image', 'text', 'logitScale', 'logitBias'], ({ image, text, logitScale, logitBias }) => ({
      loss: sigLip(image as tf.Tensor2D, text as tf.Tensor2D, logitScale as tf.Scalar, logitBias as tf.Scalar), // likewise
    })),
};

/** Runs the loss and its derivative by each input on the engine that trains. */
async function lossAndGradient(input: JsonObject, names: readonly string[], loss: Loss): Promise<unknown> {
  const values = names.map((name) => valueOf(input, name));
  const program: StepProgram = {
    state: {},
    inputs: Object.fromEntries(names.map((name, i) => [name, { shape: values[i]!.shape, dtype: 'float32' }])),
    step: (_state, inputs) => {
      const { grads } = tf.valueAndGrads((...given: tf.Tensor[]) => loss(named(names, given)).loss)(
        names.map((name) => inputs[name]!),
      );
      const gradients = names.map((name, i): [string, tf.Tensor] => [`gradient.${name}`, grads[i]!]);
      return { state: {}, outputs: { ...loss(inputs), ...Object.fromEntries(gradients) } };
    },
  };
  const runner = await compile(program, { engine: 'onnx', worker: false });
  const outputs = await runner.step(Object.fromEntries(names.map((name, i) => [name, values[i]!.values])));
  await runner.dispose();
  const gradient = names.map((name, i): [string, unknown] => [
    name,
    nested(outputs, `gradient.${name}`, values[i]!.shape),
  ]);
  const parts = Object.keys(outputs).filter((name) => !name.startsWith('gradient.'));
  return {
    ...Object.fromEntries(parts.map((name) => [name, nested(outputs, name, [])])),
    gradient: Object.fromEntries(gradient),
  };
}

function named(names: readonly string[], given: readonly tf.Tensor[]): Tensors {
  return Object.fromEntries(names.map((name, i) => [name, given[i]!]));
}

function valueOf(
  input: JsonObject,
  name: string,
): { readonly shape: readonly number[]; readonly values: Float32Array } {
  const value = input[name];
  if (typeof value === 'number') return { shape: [], values: Float32Array.of(value) };
  const rows = list(value, (row) => list(row, number));
  return { shape: [rows.length, rows[0]!.length], values: Float32Array.from(rows.flat()) };
}

/** A scalar or a matrix. */
function nested(outputs: HostValues, name: string, shape: readonly number[]): unknown {
  const flat = Array.from(outputs[name]!);
  const width = shape[1];
  if (width === undefined) return flat[0];
  return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}
