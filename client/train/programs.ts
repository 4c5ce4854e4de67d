/** A method's programs: one training step, what is computed of images, and of texts. @module */
import * as tf from '@tensorflow/tfjs';
import { type Together, together } from '#client/engine/nn/together';
import type { StepProgram, Tensors, TensorSpec } from '#client/engine/types';
import type { TrainingConfig } from '#client/methods/config';
import { imageSpecs, textSpecs } from '#client/methods/batches/specs';
import type { BatchSpecs, Method } from '#client/methods/types';
import { keptAs, type Parameter, trainedOf, weight, type Weights } from '#client/model/parameters';
import { InvariantError } from '#shared/errors';
import { adamSpecs, adamW, type AdamScalars, clippedByNorm } from './adamw.ts';

/** The names under which a parameter's moments are kept. */
export const momentNames = (name: string): { readonly m: string; readonly v: string } => ({
  m: `adam.m/${name}`,
  v: `adam.v/${name}`,
});

/** The input that multiplies the learning rate of a group of parameters. */
export const rateName = (group: string): string => `rate/${group}`;

/** The group of a parameter that names none. */
const mainGroup = 'main';

/** The groups that the optimiser moves, the first that is met first. */
export function groupsOf(method: Method): readonly string[] {
  return [...new Set(trainedOf(method.parameters).map(({ group = mainGroup }) => group))];
}

/** Weights and moments to weights and moments, and `loss` in nats. */
export function trainProgram(method: Method): StepProgram {
  const groups = groupsOf(method);
  // Without groups there is one rate, and no input for it.
  const rates = groups.length === 1 ? [] : groups.map(rateName);
  return {
    state: { ...stateSpecs(method.parameters), ...momentSpecs(trainedOf(method.parameters)) },
    inputs: { ...method.batch, ...adamSpecs, ...Object.fromEntries(rates.map((name) => [name, scalar])) },
    step: (state, inputs) => trainStep(method, state, inputs),
  };
}

const scalar: TensorSpec = { shape: [], dtype: 'float32' };

/** What a step makes of the state. */
interface Stepped {
  readonly state: Tensors;
  readonly outputs: Tensors;
}

function trainStep(method: Method, state: Tensors, inputs: Tensors): Stepped {
  const trained = trainedOf(method.parameters);
  const names = trained.map(({ name }) => name);
  const kept: Record<string, tf.Tensor> = {};
  const loss = (...values: readonly tf.Tensor[]): tf.Scalar => {
    const moved = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    return method.loss({ ...state, ...moved }, inputs, (name, value) => {
      kept[name]?.dispose();
      kept[name] = tf.keep(value); // where operations run one by one, it would go with the scope of the gradients
    });
  };
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weight(state, name)));
  const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
  const optimised = optimise(method, state, gradients, inputs);
  return { state: { ...state, ...released(kept), ...optimised }, outputs: { loss: value } };
}

/** The same values, of the scope that is open now. */
function released(kept: Tensors): Tensors {
  const entries = Object.entries(kept).map(([name, value]): [string, tf.Tensor] => {
    const own = value.clone();
    value.dispose();
    return [name, own];
  });
  return Object.fromEntries(entries);
}

/** New weights and moments of all groups; the gradients of all groups are clipped together. */
function optimise(method: Method, state: Tensors, gradients: Tensors, inputs: Tensors): Tensors {
  const { training } = method.config;
  const groups = groupsOf(method).map((name) => groupNamed(method, name));
  const joined = groups.map(({ all, names }) => all.join(names.map((name) => weight(gradients, name))));
  const clipped = clippedByNorm(joined.flat(), training.gradientNorm);
  let from = 0;
  const moved = groups.map((group, i) => {
    const own = clipped.slice(from, (from += joined[i]!.length)); // one for each group
    const rate = groups.length === 1 ? undefined : weight(inputs, rateName(group.name));
    return Object.entries(movedGroup(group, state, own, adamScalars(inputs, rate), training));
  });
  return Object.fromEntries(moved.flat());
}

interface Group {
  readonly name: string;
  readonly names: readonly string[];
  readonly all: Together;
}

function groupNamed(method: Method, name: string): Group {
  const own = trainedOf(method.parameters).filter(({ group = mainGroup }) => group === name);
  return { name, names: own.map((one) => one.name), all: together(own.map(({ shape }) => shape)) };
}

function adamScalars(inputs: Tensors, rate: tf.Tensor | undefined): AdamScalars {
  const learningRate = weight(inputs, 'learningRate');
  return {
    learningRate: rate === undefined ? learningRate : tf.mul(learningRate, rate),
    mCorrection: weight(inputs, 'mCorrection'),
    vCorrection: weight(inputs, 'vCorrection'),
  };
}

function movedGroup(
  { names, all }: Group,
  state: Tensors,
  gradients: readonly tf.Tensor[],
  scalars: AdamScalars,
  training: TrainingConfig,
): Tensors {
  const joined = (nameOf: (name: string) => string): readonly tf.Tensor[] =>
    all.join(names.map((name) => weight(state, nameOf(name))));
  const old = {
    weight: joined((name) => name),
    m: joined((name) => momentNames(name).m),
    v: joined((name) => momentNames(name).v),
  };
  const moved = gradients.map(
    (gradient, i) => adamW({ weight: old.weight[i]!, m: old.m[i]!, v: old.v[i]! }, gradient, scalars, training), // joined alike
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
  return Object.fromEntries(named);
}

function stateSpecs(parameters: readonly Parameter[]): BatchSpecs {
  return Object.fromEntries(
    parameters.map(({ name, shape }): [string, TensorSpec] => [name, { shape, dtype: 'float32' }]),
  );
}

function momentSpecs(parameters: readonly Parameter[]): BatchSpecs {
  return stateSpecs(
    parameters.flatMap(({ name, shape, init }) => {
      const { m, v } = momentNames(name);
      return [{ name: m, shape, init }, { name: v, shape, init }]; // prettier-ignore
    }),
  );
}

/** What `method.image` computes of `size` images; the weights stay. */
export function imageProgram(method: Method, size: number): StepProgram {
  return answering(method, imageSpecs(method.config, size), (weights, { image }) => method.image(weights, image!)); // as declared
}

/** What `method.text` computes of `size` texts. @throws InvariantError (unreachable) if it has no text encoder */
export function textProgram(method: Method, size: number): StepProgram {
  return answering(method, textSpecs(method.config, size), (weights, inputs) => textOutputs(method, weights, inputs));
}

function textOutputs(method: Method, weights: Weights, inputs: Tensors): Tensors {
  const outputs = method.text?.(weights, weight(inputs, 'ids'), weight(inputs, 'mask'));
  if (outputs !== undefined) return outputs;
  throw new InvariantError('unreachable', `${method.name} has no text encoder`);
}

/** What `answer` computes of inputs, as `outputs`; the weights stay. */
export function answering(
  { parameters }: Method,
  inputs: BatchSpecs,
  answer: (weights: Weights, inputs: Tensors) => Tensors,
): StepProgram {
  return { state: stateSpecs(parameters), inputs, step: (state, batch) => ({ state, outputs: answer(state, batch) }) };
}

/** The parameters of the vector that all sites share, in its order. */
export function sharedOf(parameters: readonly Parameter[]): readonly Parameter[] {
  return keptAs(parameters, 'shared', 'rows');
}
