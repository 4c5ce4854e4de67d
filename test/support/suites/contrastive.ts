/** Suite `methods/contrastive`: losses and gradients as the compiled engine computes them. @module */
import type * as tf from '@tensorflow/tfjs';
import { infoNce, sigLip } from '#client/methods/contrastive';
import type { JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss, type Parts } from './loss-program.ts';

export const contrastive: Suite = {
  infoNce: (input) =>
    run(input, ['image', 'text', 'logitScale'], ({ image, text, logitScale }) => ({
      ...infoNce(image as tf.Tensor2D, text as tf.Tensor2D, logitScale as tf.Scalar), // as the vectors declare them
    })),
  sigLip: (input) =>
    run(input, ['image', 'text', 'logitScale', 'logitBias'], ({ image, text, logitScale, logitBias }) => ({
      loss: sigLip(image as tf.Tensor2D, text as tf.Tensor2D, logitScale as tf.Scalar, logitBias as tf.Scalar), // likewise
    })),
};

function run(input: JsonObject, names: readonly string[], parts: Parts): Promise<unknown> {
  const inputs = Object.fromEntries(names.map((name) => [name, floats(input[name])]));
  return runLoss({ inputs, parts, by: names }, 'onnx');
}
