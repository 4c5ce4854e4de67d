/** Suite `methods/clip-it`. @module */
import type * as tf from '@tensorflow/tfjs';
import { clipIt as clipItLoss, distillation, student } from '#client/methods/clip-it/loss';
import { lora } from '#client/model/lora';
import { pairWithReports } from '#client/methods/clip-it/pairing';
import { list, number, numbers, object } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss, whole, type Given, type Parts } from './loss-program.ts';

export const clipIt: Suite = {
  pair: (input) => ({ pairing: pairWithReports(list(input['image'], numbers), list(input['reports'], numbers)) }),
  kd: (input) => {
    const parts: Parts = ({ predicted, text }) => ({
      loss: distillation(predicted as tf.Tensor2D, text as tf.Tensor2D), // as the vectors declare them
    });
    return runLoss({ inputs: given(input, ['predicted', 'text']), parts, by: ['predicted', 'text'] }, 'onnx');
  },
  student: (input) => {
    const parts: Parts = ({ vision, ...weights }) => ({ ...student(weights, 'student', vision as tf.Tensor2D) }); // likewise
    const layers = Object.entries(object(input['weights'])).flatMap(([layer, value]) =>
      Object.entries(object(value)).map(([part, numbersOf]): [string, Given] => [
        `student.${layer}.${part}`,
        floats(numbersOf),
      ]),
    );
    return runLoss({ inputs: { ...given(input, ['vision']), ...Object.fromEntries(layers) }, parts }, 'onnx');
  },
  loss: (input) => {
    const inputs = { ...given(input, ['logits', 'predicted', 'text']), labels: whole(input['labels']) };
    const parts: Parts = ({ logits, predicted, text, labels }) => ({
      ...clipItLoss(
        { logits: logits as tf.Tensor2D, predictedText: predicted as tf.Tensor2D }, // likewise
        labels as tf.Tensor1D,
        text as tf.Tensor2D,
        { lambda: number(input['lambda']), frozenTeacher: true },
      ),
    });
    return runLoss({ inputs, parts, by: ['logits', 'predicted'] }, 'onnx');
  },
  lora: (input) => {
    const [alpha, rank] = [number(input['alpha']), number(input['rank'])];
    const parts: Parts = ({ x, weight, a, b }) => ({
      output: lora(x as tf.Tensor2D, weight as tf.Tensor2D, {
        a_IR: a as tf.Tensor2D, // likewise
        b_RO: b as tf.Tensor2D,
        alpha,
        rank,
      }),
    });
    return runLoss({ inputs: given(input, ['x', 'weight', 'a', 'b']), parts }, 'onnx');
  },
};

function given(input: JsonObject, names: readonly string[]): Readonly<Record<string, Given>> {
  return Object.fromEntries(names.map((name) => [name, floats(input[name])]));
}
