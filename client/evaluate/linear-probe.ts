/**
 * What a linear classifier reads from frozen embeddings: softmax regression on standardised features. N examples, D
 * features, C classes.
 *
 * Source: Alain and Bengio 2016 (arXiv 1610.01644) for the probe; Nesterov 1983 for the descent.
 *
 * @module
 */
import { argMax } from './classification.ts';

/** The examples a probe is fitted on. */
export interface ProbeExamples {
  /** `[N, D]`. */
  readonly features: readonly ArrayLike<number>[];
  /** Class indices below `classes`. */
  readonly labels: readonly number[];
  readonly classes: number;
}

/** The class of a feature vector. */
export type Probe = (feature: ArrayLike<number>) => number;

const iterations = 300;

/**
 * The classifier with the smallest mean cross-entropy plus `penalty`/2 times the squared coefficients, the biases left
 * out, after 300 steps. The same examples give the same classifier.
 */
export function fitProbe({ features, labels, classes }: ProbeExamples, penalty: number): Probe {
  const scaled = standardiser(features);
  const rows = features.map((feature) => [...scaled(feature), 1]);
  const width = rows[0]?.length ?? 1;
  // The Hessian of softmax regression is at most half of the mean squared length of its inputs.
  const curvature = rows.reduce((sum, row) => sum + squares(row), 0) / (2 * Math.max(1, rows.length)) + penalty;
  let [current, previous] = [zeros(classes, width), zeros(classes, width)];
  for (let step = 0; step < iterations; step++) {
    const momentum = step / (step + 3);
    const ahead = current.map((row, c) => row.map((value, d) => value + momentum * (value - previous[c]![d]!))); // alike
    const gradient = gradientAt(ahead, rows, labels, penalty);
    previous = current;
    current = ahead.map((row, c) => row.map((value, d) => value - gradient[c]![d]! / curvature)); // alike
  }
  return (feature) => argMax(logitsOf(current, [...scaled(feature), 1]));
}

/** d/dW of the mean cross-entropy and the penalty; the last column is the bias. `[C, D + 1]`. */
function gradientAt(
  weights: readonly (readonly number[])[],
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  penalty: number,
): number[][] {
  const gradient = weights.map((row) => row.map((value, d) => (d < row.length - 1 ? penalty * value : 0)));
  rows.forEach((row, i) => {
    softmax(logitsOf(weights, row)).forEach((probability, c) => {
      const error = (probability - Number(labels[i] === c)) / rows.length;
      const own = gradient[c]!; // one for each class
      for (let d = 0; d < row.length; d++) own[d]! += error * row[d]!;
    });
  });
  return gradient;
}

function logitsOf(weights: readonly (readonly number[])[], row: readonly number[]): number[] {
  return weights.map((own) => own.reduce((sum, value, d) => sum + value * row[d]!, 0)); // alike
}

function softmax(logits: readonly number[]): number[] {
  const greatest = Math.max(...logits);
  const exponentials = logits.map((value) => Math.exp(value - greatest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

/** Each feature less its mean, over its standard deviation; a constant one is 0. */
function standardiser(features: readonly ArrayLike<number>[]): (feature: ArrayLike<number>) => number[] {
  const count = Math.max(1, features.length);
  const width = features[0]?.length ?? 0;
  const every = Array.from({ length: width }, (_, d) => d);
  const means = every.map((d) => features.reduce((sum, feature) => sum + feature[d]!, 0) / count);
  const deviations = every.map((d) =>
    Math.sqrt(features.reduce((sum, feature) => sum + (feature[d]! - means[d]!) ** 2, 0) / count),
  );
  return (feature) => every.map((d) => (deviations[d]! > 1e-9 ? (feature[d]! - means[d]!) / deviations[d]! : 0));
}

function squares(row: readonly number[]): number {
  return row.reduce((sum, value) => sum + value * value, 0);
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}
