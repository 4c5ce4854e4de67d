/** Suite `methods/selip`. @module */
import type * as tf from '@tensorflow/tfjs';
import { selip as selipLoss, selipFromLogits, type SelipTerms, targets } from '#client/methods/selip/loss';
import { similarityMatrix } from '#client/methods/selip/similarity';
import type { StructuredReport } from '#client/methods/selip/types';
import { boolean, list, number, object, text } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss } from './loss-program.ts';

export const selip: Suite = {
  similarity: (input) => ({ similarity: similarityMatrix(list(input['reports'], report)) }),
  targets: (input) =>
    runLoss(
      {
        inputs: { similarity: floats(input['similarity']) },
        parts: ({ similarity }) => ({ targets: targets(similarity as tf.Tensor2D) }), // as the vectors declare it
      },
      'onnx',
    ),
  lossFromLogits: (input) =>
    runLoss(
      {
        inputs: { logits: floats(input['logits']), similarity: floats(input['similarity']) },
        parts: ({ logits, similarity }) => ({
          ...selipFromLogits(logits as tf.Tensor2D, similarity as tf.Tensor2D, weights(input)), // likewise
        }),
        by: ['logits'],
      },
      'onnx',
    ),
  loss: (input) => {
    const names = ['image', 'text', 'similarity', 'logitScale'];
    return runLoss(
      {
        inputs: Object.fromEntries(names.map((name) => [name, floats(input[name])])),
        parts: ({ image, text: t, similarity, logitScale }) => ({
          ...selipLoss(
            image as tf.Tensor2D, // likewise
            t as tf.Tensor2D,
            similarity as tf.Tensor2D,
            logitScale as tf.Scalar,
            weights(input),
          ),
        }),
        by: ['image', 'text'],
      },
      'onnx',
    );
  },
};

function weights(input: JsonObject): SelipTerms {
  return { align: number(input['alignWeight']), kl: number(input['klWeight']) };
}

function report(value: Json): StructuredReport {
  const { normal, findings } = object(value);
  return {
    normal: boolean(normal),
    findings: list(findings, (item) => {
      const { site, appearance, tag } = object(item);
      return { site: text(site), appearance: text(appearance), tag: text(tag) };
    }),
  };
}
