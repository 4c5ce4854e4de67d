/** Suite `methods/mcr`. @module */
import type * as tf from '@tensorflow/tfjs';
import {
  mapBeforeAggregate,
  maskedImageLoss,
  maskedReportLoss,
  mcr as mcrLoss,
  patchTargets,
} from '#client/methods/mcr/loss';
import { keepCount } from '#client/methods/mcr/mask-plan';
import { list, number, numbers } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss, whole, type Given, type Parts } from './loss-program.ts';

export const mcr: Suite = {
  keepCount: (input) => ({ kept: keepCount(number(input['patches']), number(input['ratio'])) }),
  maskedImage: (input) => {
    const parts: Parts = ({ patches, prediction, maskedPatches }) => ({
      targets: patchTargets(patches as tf.Tensor3D), // as declared below
      loss: maskedImageLoss(patches as tf.Tensor3D, prediction as tf.Tensor3D, maskedPatches as tf.Tensor2D), // likewise
    });
    return runLoss({ inputs: imageInputs(input), parts, by: ['prediction'] }, 'onnx');
  },
  maskedReport: (input) => {
    const parts: Parts = ({ logits, tokens, maskedTokens }) => ({
      loss: maskedReportLoss(logits as tf.Tensor3D, tokens as tf.Tensor2D, maskedTokens as tf.Tensor2D), // likewise
    });
    return runLoss({ inputs: reportInputs(input), parts, by: ['logits'] }, 'onnx');
  },
  mapBeforeAggregate: (input) => {
    const names = ['tokens', 'valid', 'weight', 'bias'];
    const parts: Parts = ({ tokens, valid, weight, bias }) => ({
      pooled: mapBeforeAggregate(tokens as tf.Tensor3D, valid as tf.Tensor2D, {
        weight_DE: weight as tf.Tensor2D, // as the vectors declare them
        bias_E: bias as tf.Tensor1D,
      }),
    });
    return runLoss({ inputs: Object.fromEntries(names.map((name) => [name, floats(input[name])])), parts }, 'onnx');
  },
  loss: (input) => {
    const weights = { image: number(input['imageWeight']), report: number(input['reportWeight']) };
    const embeddings = ['image', 'text', 'logitScale'].map((name): [string, Given] => [name, floats(input[name])]);
    const inputs = { ...Object.fromEntries(embeddings), ...imageInputs(input), ...reportInputs(input) };
    const parts: Parts = ({ image, text, logitScale, patches, prediction, maskedPatches, logits, ...tokens }) => ({
      ...mcrLoss(
        {
          image: image as tf.Tensor2D, // likewise
          text: text as tf.Tensor2D,
          patches: {
            patches_NPq: patches as tf.Tensor3D,
            prediction_NPq: prediction as tf.Tensor3D,
            masked_NP: maskedPatches as tf.Tensor2D,
          },
          words: {
            logits_NTV: logits as tf.Tensor3D,
            tokens_NT: tokens['tokens'] as tf.Tensor2D,
            masked_NT: tokens['maskedTokens'] as tf.Tensor2D,
          },
        },
        logitScale as tf.Scalar,
        weights,
      ),
    });
    return runLoss({ inputs, parts }, 'onnx');
  },
};

function imageInputs(input: JsonObject): Readonly<Record<string, Given>> {
  const patches = floats(input['patches']);
  const visible = places(input['keep'], patches.shape[1]!); // N×P×q
  return {
    patches,
    prediction: floats(input['prediction']),
    maskedPatches: { ...visible, values: visible.values.map((value) => 1 - value) },
  };
}

function reportInputs(input: JsonObject): Readonly<Record<string, Given>> {
  const tokens = whole(input['tokens']);
  return { logits: floats(input['logits']), tokens, maskedTokens: places(input['masked'], tokens.shape[1]!) }; // N×T
}

/** 1 at the listed places of each example. */
function places(value: Json | undefined, length: number): Given & { readonly values: Float32Array } {
  const listed = list(value, numbers);
  const values = new Float32Array(listed.length * length);
  listed.forEach((own, n) => {
    for (const place of own) values[n * length + place] = 1;
  });
  return { shape: [listed.length, length], values };
}
