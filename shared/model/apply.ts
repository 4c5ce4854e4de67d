/**
 * The fold of a model over its aggregates: `model_r = apply(model_{r-1}, aggregate_r)`, bit for bit the same at every
 * site. Each coordinate is computed in float64 with `+ − * / sqrt` only, in the order written, and rounded to float32
 * where it is stored in a Float32Array, nowhere else. Source: Reddi et al. 2021, algorithms 1 and 2; Hsu et al. 2019.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { unreachable } from '../util/unreachable.ts';

/** How the sites apply a mean delta d to the weights; parameters are float64. */
export type ServerOptimizer =
  | { readonly name: 'fedAvg'; readonly serverLearningRate: number }
  | { readonly name: 'fedAvgM'; readonly serverLearningRate: number; readonly momentum: number }
  | { readonly name: 'fedAdagrad'; readonly serverLearningRate: number; readonly beta1: number; readonly tau: number }
  | {
      readonly name: 'fedAdam' | 'fedYogi';
      readonly serverLearningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly tau: number;
    };

/** Everything that the fold carries. `momentum` and `secondMoment` are empty where the optimiser has none. */
export interface Model {
  /** Aggregates applied so far. */
  readonly round: number;
  readonly weights: Float32Array;
  readonly momentum: Float32Array;
  readonly secondMoment: Float32Array;
}

/** The model before any aggregate: m is 0 and v is `tau · tau`. */
export function initialModel(optimizer: ServerOptimizer, weights: Float32Array): Model {
  const momentum = new Float32Array(optimizer.name === 'fedAvg' ? 0 : weights.length);
  const secondMoment = new Float32Array('tau' in optimizer ? weights.length : 0);
  if ('tau' in optimizer) secondMoment.fill(optimizer.tau * optimizer.tau);
  return { round: 0, weights: weights.slice(), momentum, secondMoment };
}

/**
 * The model after one more aggregate, in new arrays.
 *
 * @throws UsageError (lengthMismatch) if the aggregate is not as long as the weights; (notFinite) if it holds NaN or
 * infinity, or the step leaves one in the model.
 */
export function applyAggregate(optimizer: ServerOptimizer, model: Model, aggregate: Float32Array): Model {
  if (aggregate.length !== model.weights.length) {
    throw new UsageError(
      'lengthMismatch',
      `the aggregate has ${aggregate.length} elements, the model ${model.weights.length}`,
    );
  }
  expectFinite(aggregate, 'the aggregate');
  const next: Model = {
    round: model.round + 1,
    weights: model.weights.slice(),
    momentum: model.momentum.slice(),
    secondMoment: model.secondMoment.slice(),
  };
  stepInPlace(optimizer, next, aggregate);
  expectFinite(next.weights, 'the new weights');
  expectFinite(next.momentum, 'the new momentum');
  expectFinite(next.secondMoment, 'the new second moment');
  return next;
}

function stepInPlace(optimizer: ServerOptimizer, model: Model, d: Float32Array): void {
  switch (optimizer.name) {
    case 'fedAvg':
      fedAvg(model.weights, d, optimizer.serverLearningRate);
      return;
    case 'fedAvgM':
      fedAvgM(model, d, optimizer.serverLearningRate, optimizer.momentum);
      return;
    case 'fedAdagrad':
      firstMoment(model.momentum, d, optimizer.beta1);
      adagradMoment(model.secondMoment, d);
      adaptiveStep(model, optimizer.serverLearningRate, optimizer.tau);
      return;
    case 'fedAdam':
      firstMoment(model.momentum, d, optimizer.beta1);
      adamMoment(model.secondMoment, d, optimizer.beta2);
      adaptiveStep(model, optimizer.serverLearningRate, optimizer.tau);
      return;
    case 'fedYogi':
      firstMoment(model.momentum, d, optimizer.beta1);
      yogiMoment(model.secondMoment, d, optimizer.beta2);
      adaptiveStep(model, optimizer.serverLearningRate, optimizer.tau);
      return;
    default:
      unreachable(optimizer);
  }
}

/** w = round(w + serverLearningRate * d) */
function fedAvg(w: Float32Array, d: Float32Array, serverLearningRate: number): void {
  for (let i = 0; i < w.length; i++) w[i] = w[i]! + serverLearningRate * d[i]!;
}

/** m = round(momentum * m + d); w = round(w + serverLearningRate * m) */
function fedAvgM(
  { weights: w, momentum: m }: Model,
  d: Float32Array,
  serverLearningRate: number,
  momentum: number,
): void {
  for (let i = 0; i < w.length; i++) {
    m[i] = momentum * m[i]! + d[i]!;
    w[i] = w[i]! + serverLearningRate * m[i]!;
  }
}

/** m = round(beta1 * m + (1 - beta1) * d) */
function firstMoment(m: Float32Array, d: Float32Array, beta1: number): void {
  for (let i = 0; i < m.length; i++) m[i] = beta1 * m[i]! + (1 - beta1) * d[i]!;
}

/** v = round(v + d * d) */
function adagradMoment(v: Float32Array, d: Float32Array): void {
  for (let i = 0; i < v.length; i++) v[i] = v[i]! + d[i]! * d[i]!;
}

/** v = round(beta2 * v + (1 - beta2) * (d * d)) */
function adamMoment(v: Float32Array, d: Float32Array, beta2: number): void {
  for (let i = 0; i < v.length; i++) v[i] = beta2 * v[i]! + (1 - beta2) * (d[i]! * d[i]!);
}

/** v = round(v - (1 - beta2) * (d * d) * sign(v - d * d)), sign(0) = 0 */
function yogiMoment(v: Float32Array, d: Float32Array, beta2: number): void {
  for (let i = 0; i < v.length; i++) {
    v[i] = v[i]! - (1 - beta2) * (d[i]! * d[i]!) * Math.sign(v[i]! - d[i]! * d[i]!);
  }
}

/** w = round(w + (serverLearningRate * m) / (sqrt(v) + tau)) */
function adaptiveStep(
  { weights: w, momentum: m, secondMoment: v }: Model,
  serverLearningRate: number,
  tau: number,
): void {
  for (let i = 0; i < w.length; i++) w[i] = w[i]! + (serverLearningRate * m[i]!) / (Math.sqrt(v[i]!) + tau);
}

function expectFinite(values: Float32Array, what: string): void {
  for (const value of values) {
    if (!Number.isFinite(value)) throw new UsageError('notFinite', `${what} of this round: NaN or infinity`);
  }
}
