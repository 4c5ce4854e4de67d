/** Suite `model/server-optimizer`: float32 values are written as their bits. @module */
import assert from 'node:assert/strict';
import { applyAggregate, initialModel } from '#shared/model/apply';
import type { ServerOptimizer } from '#shared/model/apply';
import { list, number, object, text } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';

export const serverOptimizer: Suite = {
  '': (input) => {
    const optimizer = optimizerOf(input);
    let model = initialModel(optimizer, float32(input['weights']));
    const weights = list(input['aggregates'], float32).map((aggregate) => {
      model = applyAggregate(optimizer, model, aggregate);
      return bits(model.weights);
    });
    return { weights, momentum: bits(model.momentum), secondMoment: bits(model.secondMoment) };
  },
};

function optimizerOf(input: JsonObject): ServerOptimizer {
  const name = text(input['optimizer']);
  const parameters = object(input['parameters']);
  const read = (key: string): number => number(parameters[key]);
  const serverLearningRate = read('serverLearningRate');
  switch (name) {
    case 'fedAvg':
      return { name, serverLearningRate };
    case 'fedAvgM':
      return { name, serverLearningRate, momentum: read('momentum') };
    case 'fedAdagrad':
      return { name, serverLearningRate, beta1: read('beta1'), tau: read('tau') };
    case 'fedAdam':
    case 'fedYogi':
      return { name, serverLearningRate, beta1: read('beta1'), beta2: read('beta2'), tau: read('tau') };
    default:
      throw new Error(`unknown optimizer ${name}`);
  }
}

function float32(value: Json | undefined): Float32Array {
  const patterns = list(value, (item) => {
    const digits = text(item);
    assert.match(digits, /^[0-9a-f]{8}$/);
    return Number.parseInt(digits, 16);
  });
  return new Float32Array(Uint32Array.from(patterns).buffer);
}

function bits(values: Float32Array): readonly string[] {
  return [...new Uint32Array(values.buffer)].map((pattern) => pattern.toString(16).padStart(8, '0'));
}
