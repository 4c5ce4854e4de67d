/** Suite `methods/brgsa`. @module */
import type * as tf from '@tensorflow/tfjs';
import { bankUsage, brgsa as brgsaLoss, readBank, zeroShotScores } from '#client/methods/brgsa/loss';
import { matchRows } from '#client/methods/brgsa/match-rows';
import { matchAndMerge, mergeBanks } from '#client/methods/brgsa/merge-banks';
import { list, number, numbers } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss, type Parts } from './loss-program.ts';

export const brgsa: Suite = {
  readBank: (input) =>
    run(input, ['x', 'bank'], ({ x, bank }) => ({ ...readBank(x as tf.Tensor2D, bank as tf.Tensor2D) })), // as declared in the vectors
  usage: (input) =>
    run(input, ['x', 'bank'], ({ x, bank }) => ({ usage: bankUsage(x as tf.Tensor2D, bank as tf.Tensor2D) })), // likewise
  loss: (input) => {
    const weights = {
      mse: number(input['mseWeight']),
      info: number(input['infoWeight']),
      infoR: number(input['infoRWeight']),
    };
    const parts: Parts = ({ image, text, bank, logitScale }) => ({
      ...brgsaLoss(
        image as tf.Tensor2D, // likewise
        text as tf.Tensor2D,
        bank as tf.Tensor2D,
        logitScale as tf.Scalar,
        weights,
      ),
    });
    return run(input, ['image', 'text', 'bank', 'logitScale'], parts, ['image', 'text', 'bank']);
  },
  zeroShot: (input) =>
    run(input, ['image', 'prompts', 'bank'], ({ image, prompts, bank }) => ({
      score: zeroShotScores(image as tf.Tensor2D, prompts as tf.Tensor2D, bank as tf.Tensor2D), // likewise
    })),
  matchRows: (input) => {
    const { assignment, matched } = matchRows(rows(input['reference']), rows(input['bank']));
    return { assignment, matched: matched.map((row) => Array.from(row)) };
  },
  mergeBanks: (input) => ({ bank: plain(mergeBanks(list(input['banks'], rows), list(input['usage'], numbers))) }),
  matchAndMerge: (input) => {
    const { assignments, bank } = matchAndMerge(list(input['banks'], rows), list(input['usage'], numbers));
    return { assignments, bank: plain(bank) };
  },
};

function run(input: JsonObject, names: readonly string[], parts: Parts, by: readonly string[] = []): Promise<unknown> {
  return runLoss({ inputs: Object.fromEntries(names.map((name) => [name, floats(input[name])])), parts, by }, 'onnx');
}

function rows(value: Json | undefined): readonly (readonly number[])[] {
  return list(value, numbers);
}

function plain(bank: readonly Float64Array[]): readonly (readonly number[])[] {
  return bank.map((row) => Array.from(row));
}
