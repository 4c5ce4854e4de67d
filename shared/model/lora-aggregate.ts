/**
 * How the LoRA factors of several sites become one layer. The mean of products is not the product of means: averaging A
 * and B apart leaves an error, and each rule here removes it in another way. A is `in×r`, B `r×out`, and the layer adds
 * (alpha / rank) A B. Means are weighted by example counts over their sum.
 *
 * Sources: FFA-LoRA, Sun et al. 2024 (arXiv 2403.12313); RoLoRA, Chen et al. 2024 (arXiv 2409.02346); FedEx-LoRA,
 * Singhal et al. 2024 (arXiv 2410.09432).
 *
 * @module
 */
import { UsageError } from '../errors.ts';

/** Numbers row by row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** The factors of one adapter. */
export interface LoraFactors {
  readonly a: Matrix;
  readonly b: Matrix;
}

/** alpha and r of the layer. */
export interface LoraScale {
  readonly alpha: number;
  readonly rank: number;
}

/** Every site has the same frozen A: the mean of the Bs is exact. `delta` is (alpha / rank) A B of it. */
export function aggregateFfa(
  a: Matrix,
  bs: readonly Matrix[],
  { alpha, rank }: LoraScale,
  exampleCounts: readonly number[],
): { readonly b: Matrix; readonly delta: Matrix } {
  const b = weightedMean(bs, exampleCounts);
  return { b, delta: scaled(product(a, b), alpha / rank) };
}

/** Which factor a round averages (from 1): B in odd rounds, A in even ones. The other one stays the global one. */
export function roLoraFactor(round: number): 'a' | 'b' {
  return round % 2 === 1 ? 'b' : 'a';
}

/** The factors after a round in which every site moved only the factor that is averaged: exact. */
export function aggregateRoLora(
  round: number,
  global: LoraFactors,
  sites: readonly LoraFactors[],
  exampleCounts: readonly number[],
): LoraFactors & { readonly averaged: 'a' | 'b' } {
  const averaged = roLoraFactor(round);
  const mean = weightedMean(
    sites.map((site) => site[averaged]),
    exampleCounts,
  );
  return { ...global, [averaged]: mean, averaged };
}

/**
 * Both means, and what they leave out, Σ share·A_k·B_k - mean(A)·mean(B), added to the frozen weight: exact. Under the
 * secure sum the sums of A_k, of B_k and of A_k·B_k are segments.
 */
export function aggregateFedEx(
  weight: Matrix,
  sites: readonly LoraFactors[],
  { alpha, rank }: LoraScale,
  exampleCounts: readonly number[],
): LoraFactors & { readonly residual: Matrix; readonly weight: Matrix } {
  const { a, b, exact } = means(sites, exampleCounts);
  const residual = sum(exact, scaled(product(a, b), -1));
  return { a, b, residual, weight: sum(weight, scaled(residual, alpha / rank)) };
}

/** ‖mean(A)·mean(B) - Σ share·A_k·B_k‖_F / ‖Σ share·A_k·B_k‖_F: what averaging both factors costs. */
export function loraAggregationError(sites: readonly LoraFactors[], exampleCounts: readonly number[]): number {
  const { a, b, exact } = means(sites, exampleCounts);
  return norm(sum(product(a, b), scaled(exact, -1))) / norm(exact);
}

function means(
  sites: readonly LoraFactors[],
  exampleCounts: readonly number[],
): LoraFactors & { readonly exact: Matrix } {
  return {
    a: weightedMean(
      sites.map(({ a }) => a),
      exampleCounts,
    ),
    b: weightedMean(
      sites.map(({ b }) => b),
      exampleCounts,
    ),
    exact: weightedMean(
      sites.map(({ a, b }) => product(a, b)),
      exampleCounts,
    ),
  };
}

function weightedMean(matrices: readonly Matrix[], exampleCounts: readonly number[]): Matrix {
  if (matrices.length === 0 || matrices.length !== exampleCounts.length) {
    throw new UsageError('lengthMismatch', `${matrices.length} factors and ${exampleCounts.length} example counts`);
  }
  const total = exampleCounts.reduce((all, count) => all + count, 0);
  return matrices.map((matrix, k) => scaled(matrix, exampleCounts[k]! / total)).reduce(sum);
}

function product(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw mismatch(a, b);
  const values = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k]!;
      for (let j = 0; j < b.columns; j++) values[i * b.columns + j]! += factor * b.values[k * b.columns + j]!;
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

function sum(a: Matrix, b: Matrix): Matrix {
  if (a.rows !== b.rows || a.columns !== b.columns) throw mismatch(a, b);
  return { ...a, values: a.values.map((value, i) => value + b.values[i]!) };
}

function scaled(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, values: matrix.values.map((value) => value * factor) };
}

function norm({ values }: Matrix): number {
  return Math.sqrt(values.reduce((squares, value) => squares + value * value, 0));
}

function mismatch(a: Matrix, b: Matrix): UsageError {
  return new UsageError(
    'lengthMismatch',
    `factors of ${a.rows} x ${a.columns} and ${b.rows} x ${b.columns} do not fit: every site needs the same layer`,
  );
}
