/** A method's programs: one training step, and the embeddings of a batch. @module */
import * as tf from '@tensorflow/tfjs';
import { together } from '#client/engine/nn/together';
import type { StepProgram, Tensors, TensorSpec } from '#client/engine/types';
import type { MethodConfig } from '#client/methods/config';
import { pairBatchSpecs, trainBatchSpecs } from '#client/methods/pair-batch';
import type { Method } from '#client/methods/types';
import { type Parameter, weight } from '#client/model/parameters';
import { adamSpecs, adamW, clippedByNorm } from './adamw.ts';

/** Pairs embedded at a time. */
export const embedBatch = 50;

/** The names under which a parameter's moments are kept. */
export const momentNames = (name: string): { readonly m: string; readonly v: string } => ({
  m: `adam.m/${name}`,
  v: `adam.v/${name}`,
});

/** Weights and moments to weights and moments, and `loss` in nats. */
export function trainProgram(method: Method, config: MethodConfig): StepProgram {
  const parameters = method.parameters(config);
  return {
    state: stateSpecs(parameters),
    inputs: { ...trainBatchSpecs(config), ...adamSpecs },
    step: (state, inputs) => trainStep(method, config, parameters, state, inputs),
  };
}

function trainStep(
  method: Method,
  config: MethodConfig,
  parameters: readonly Parameter[],
  state: Tensors,
  inputs: Tensors,
): { readonly state: Tensors; readonly outputs: Tensors } {
  const names = parameters.map(({ name }) => name);
  const loss = (...values: readonly tf.Tensor[]): tf.Scalar =>
    method.loss(config, Object.fromEntries(names.map((name, i) => [name, values[i]!])), inputs);
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weight(state, name)));
  const scalars = {
    learningRate: weight(inputs, 'learningRate'),
    mCorrection: weight(inputs, 'mCorrection'),
    vCorrection: weight(inputs, 'vCorrection'),
  };
  const all = together(parameters.map(({ shape }) => shape));
  const joined = (nameOf: (name: string) => string): readonly tf.Tensor[] =>
    all.join(names.map((name) => weight(state, nameOf(name))));
  const old = {
    weight: joined((name) => name),
    m: joined((name) => momentNames(name).m),
    v: joined((name) => momentNames(name).v),
  };
  const moved = clippedByNorm(all.join(grads), config.training.gradientNorm).map(
    (gradient, i) => adamW({ weight: old.weight[i]!, m: old.m[i]!, v: old.v[i]! }, gradient, scalars, config.training), // joined alike
  );
  const next = {
    weight: all.apart(moved.map((one) => one.weight)),
    m: all.apart(moved.map(({ m }) => m)),
    v: all.apart(moved.map(({ v }) => v)),
  };
  const named = names.flatMap((name, i): [string, tf.Tensor][] => {
    const at = momentNames(name);
    return [[name, next.weight[i]!], [at.m, next.m[i]!], [at.v, next.v[i]!]]; // prettier-ignore
  });
  return { state: Object.fromEntries(named), outputs: { loss: value } };
}

function stateSpecs(parameters: readonly Parameter[]): Readonly<Record<string, TensorSpec>> {
  const entries = parameters.flatMap(({ name, shape }): [string, TensorSpec][] => {
    const spec: TensorSpec = { shape, dtype: 'float32' };
    const at = momentNames(name);
    return [
      [name, spec],
      [at.m, spec],
      [at.v, spec],
    ];
  });
  return Object.fromEntries(entries);
}

/** Unit embeddings `image` and `text`, `[embedBatch, E]`; the weights stay. */
export function embedProgram(method: Method, config: MethodConfig): StepProgram {
  const parameters = method.parameters(config);
  return {
    state: Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' }])),
    inputs: { ...pairBatchSpecs(config, embedBatch) },
    step: (state, batch) => ({ state, outputs: { ...method.embed(config, state, batch) } }),
  };
}
