import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import {
  clipIt,
  crossEntropy,
  distillation,
  student,
  studentParameters,
  textBranch,
} from '#client/methods/clip-it/loss';
import { lora } from '#client/model/lora';
import { gaussian } from '../../../../support/engine/training.ts';
import { gradientError } from '../../../../support/suites/finite-differences.ts';
import { drawn, lossOutputs, type Given, type LossCase } from '../../../../support/suites/loss-program.ts';
import { engineDifference } from '../../../../support/suites/same-on-engines.ts';

const [N, V, D, C] = [3, 2, 3, 2];
const parameters = studentParameters('student', { vision: V, text: D, classes: C });
const labels = Int32Array.of(0, 1, 1);

function caseOf(lambda = 1, frozenTeacher = true, more: readonly string[] = []): LossCase {
  const draw = gaussian(20); // no unit of the text branch is near the bend of its activation
  const weights = parameters.map(({ name, shape }): [string, Given] => [name, drawn(shape, draw)]);
  return {
    inputs: {
      ...Object.fromEntries(weights),
      vision: drawn([N, V], draw),
      text: drawn([N, D], draw),
      labels: { shape: [N], values: labels },
    },
    parts: ({ vision, text, labels: y, ...rest }) => {
      const made = student(rest, 'student', vision as tf.Tensor2D); // as declared above
      return { ...clipIt(made, y as tf.Tensor1D, text as tf.Tensor2D, { lambda, frozenTeacher }), logits: made.logits }; // likewise
    },
    by: ['vision', ...parameters.map(({ name }) => name), ...more],
  };
}

const number = (x: tf.Tensor): number => x.dataSync()[0]!;
const normal = (rows: number, columns: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(drawn([rows, columns], gaussian(seed)).values, [rows, columns]);

describe('clip-it', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it("predictions are identical with the text bank shuffled or NaN; the student's function takes no text", async () => {
    const given = caseOf();
    const plain = await lossOutputs(given, 'reference');
    const { shape, values } = given.inputs['text']!;
    for (const text of [values.toReversed(), values.map(() => NaN)]) {
      const other = await lossOutputs(
        { ...given, inputs: { ...given.inputs, text: { shape, values: text } } },
        'reference',
      );
      assert.deepEqual(other['logits'], plain['logits']);
    }
    assert.equal(student.length, 3); // weights, a name, images
  });

  it('L_KD is in [0, 2] and scale-free in t', () => {
    const [predicted, t] = [normal(20, D, 1), normal(20, D, 2)];
    const kd = number(distillation(predicted, t));
    assert(Math.abs(number(distillation(predicted, tf.mul(t, 7))) - kd) < 1e-6);
    assert(Math.abs(number(distillation(t, t))) < 1e-6);
    assert(Math.abs(number(distillation(t, tf.neg(t))) - 2) < 1e-6);
    assert(kd > 0 && kd < 2);
  });

  it('λ = 0 reproduces the control without text', async () => {
    const outputs = await lossOutputs(caseOf(0), 'reference');
    const control: LossCase = {
      ...caseOf(),
      parts: ({ vision, labels: y, ...rest }) => ({
        loss: crossEntropy(student(rest, 'student', vision as tf.Tensor2D).logits, y as tf.Tensor1D), // as declared
      }),
    };
    const without = await lossOutputs(control, 'reference');
    assert.equal(outputs['total']![0], without['loss']![0]);
    for (const { name } of parameters) assert.deepEqual(outputs[`gradient.${name}`], without[`gradient.${name}`]);
  });

  it('no gradient into the teacher when the flag says frozen, and one when it does not', async () => {
    const frozen = await lossOutputs(caseOf(1, true, ['text']), 'reference');
    assert(frozen['gradient.text']!.every((value) => value === 0));
    const free = await lossOutputs(caseOf(1, false, ['text']), 'reference');
    assert(free['gradient.text']!.some((value) => Math.abs(value) > 1e-3));
    assert.deepEqual(free['gradient.vision'], frozen['gradient.vision']);
  });

  it('takes the softmax once: the loss of sure and right logits goes to 0', () => {
    const sure = tf.tensor2d([30, -30, -30, 30], [2, 2]);
    assert(number(crossEntropy(sure, tf.tensor1d([0, 1], 'int32'))) < 1e-6); // twice would not go below 0.313
  });

  it('classifies by both branches, the text branch fed with the predicted feature', () => {
    const draw = gaussian(4);
    const weights = Object.fromEntries(
      parameters.map(({ name, shape }) => [name, tf.tensor(drawn(shape, draw).values, [...shape])]),
    );
    const { predictedText, textLogits } = student(weights, 'student', normal(N, V, 5));
    assert.equal(number(tf.max(tf.abs(tf.sub(textBranch(weights, 'student', predictedText), textLogits)))), 0);
  });

  it('LoRA with B = 0 leaves the base output unchanged', () => {
    const [x, weight] = [normal(4, 3, 1), normal(3, 5, 2)];
    const factors = { a_IR: normal(3, 2, 3), b_RO: tf.zeros<tf.Rank.R2>([2, 5]), alpha: 8, rank: 2 };
    const base = tf.matMul(x, weight);
    assert.equal(number(tf.max(tf.abs(tf.sub(lora(x, weight, factors), base)))), 0);
    const moved = lora(x, weight, { ...factors, b_RO: normal(2, 5, 4) });
    assert(number(tf.max(tf.abs(tf.sub(moved, base)))) > 0.1);
  });

  it('gives a batch with empty places the loss of the images in it', () => {
    const [logits, predicted, t] = [normal(3, C, 1), normal(3, D, 2), normal(3, D, 3)];
    const cut = (x: tf.Tensor2D): tf.Tensor2D => x.slice([0, 0], [2, -1]);
    const padded = clipIt({ logits, predictedText: predicted }, tf.tensor1d(labels, 'int32'), t, undefined, tf.tensor1d([1, 1, 0])); // prettier-ignore
    const full = clipIt({ logits: cut(logits), predictedText: cut(predicted) }, tf.tensor1d([0, 1], 'int32'), cut(t));
    assert(Math.abs(number(padded.total) - number(full.total)) < 1e-6);
  });

  it('has the gradients of its values, and compiles to both', async () => {
    assert((await gradientError(caseOf())) < 2e-3);
    assert((await engineDifference(caseOf(1, false, ['text']))) < 1e-5);
  }).timeout(10_000);
});
