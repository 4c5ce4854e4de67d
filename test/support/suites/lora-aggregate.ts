/** Suite `model/lora-aggregate`. @module */
import {
  aggregateFedEx,
  aggregateFfa,
  aggregateRoLora,
  loraAggregationError,
  type LoraFactors,
  type Matrix,
} from '#shared/model/lora-aggregate';
import { list, number, numbers, object } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';

export const loraAggregate: Suite = {
  ffa: (input) => {
    const made = aggregateFfa(matrix(input['a']), list(input['b'], matrix), scale(input), counts(input));
    return { b: rows(made.b), delta: rows(made.delta) };
  },
  roLora: (input) => {
    const { a, b } = object(input['global']);
    const global = { a: matrix(a), b: matrix(b) };
    const made = aggregateRoLora(number(input['round']), global, factors(input), counts(input));
    return { averaged: made.averaged, a: rows(made.a), b: rows(made.b) };
  },
  fedEx: (input) => {
    const made = aggregateFedEx(matrix(input['weight']), factors(input), scale(input), counts(input));
    return { a: rows(made.a), b: rows(made.b), residual: rows(made.residual), weight: rows(made.weight) };
  },
  aggregationError: (input) => ({ relativeError: loraAggregationError(factors(input), counts(input)) }),
};

function factors(input: JsonObject): readonly LoraFactors[] {
  const bs = list(input['b'], matrix);
  return list(input['a'], matrix).map((a, k) => ({ a, b: bs[k]! }));
}

function scale(input: JsonObject): { readonly alpha: number; readonly rank: number } {
  return { alpha: number(input['alpha']), rank: number(input['rank']) };
}

function counts(input: JsonObject): readonly number[] {
  return numbers(input['exampleCounts']);
}

function matrix(value: Json | undefined): Matrix {
  const nested = list(value, numbers);
  return { rows: nested.length, columns: nested[0]!.length, values: Float64Array.from(nested.flat()) };
}

function rows({ columns, values, rows: count }: Matrix): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, i) => Array.from(values.subarray(i * columns, (i + 1) * columns)));
}
