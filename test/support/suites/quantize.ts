/** Suite `secagg/quantize`. @module */
import assert from 'node:assert/strict';
import { UsageError } from '#shared/errors';
import { addNoise } from '#shared/secagg/add-noise';
import { checkSumParameters } from '#shared/secagg/parameters';
import type { SumProposal } from '#shared/secagg/parameters';
import { dequantize, errorBound, quantize as quantizeDelta } from '#shared/secagg/quantize';
import type { Segment, SummedOver } from '#shared/secagg/quantize';
import type { UniformSource } from '#shared/secagg/uniform-source';
import { boolean, list, nullable, number, numbers, object, text } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';

export const quantize: Suite = {
  quantize: (input) => {
    const made = quantized(input, input);
    return { ...made, quantized: [...made.quantized] };
  },
  addNoise: (input) => {
    const draws = list(input['draws'], numbers);
    const vector = Uint32Array.from(numbers(input['quantized']));
    const made = addNoise(segments(input), vector, (i) => draws[i]?.shift() ?? assert.fail('no draw is left'));
    return { ...made, noisy: [...made.noisy] };
  },
  dequantize: (input) => {
    const { sum, mean } = dequantize(segments(input), summedOver(input), Uint32Array.from(numbers(input['sum'])));
    return { sum: [...sum], mean: [...mean] };
  },
  roundTrip,
  errorBound: (input) => errorBound(segments(input), summedOver(input)),
  plan: (input) => checkSumParameters(proposal(input)),
};

function quantized(plan: JsonObject, contribution: JsonObject): ReturnType<typeof quantizeDelta> {
  const weighing = {
    clipNorm: nullable(plan['clipNorm'], number),
    weightCap: nullable(plan['weightCap'], number),
    exampleCount: number(contribution['exampleCount']),
  };
  const delta = Float64Array.from(numbers(contribution['delta']));
  return quantizeDelta(segments(plan), weighing, delta, given(numbers(contribution['uniform'])));
}

function roundTrip(input: JsonObject): unknown {
  const contributions = list(input['contributions'], object);
  const vectors: Uint32Array[] = [];
  for (const contribution of contributions) {
    try {
      vectors.push(quantized(input, contribution).quantized);
    } catch (error) {
      if (error instanceof UsageError) return { error: error.code, site: contribution['site'] };
      throw error;
    }
  }
  const sum = vectors.reduce((total, vector) => total.map((value, i) => value + vector[i]!));
  const exampleCount = contributions.reduce((total, entry) => total + number(entry['exampleCount']), 0);
  const over = { sites: vectors.length, weightCap: nullable(input['weightCap'], number), exampleCount };
  const { mean } = dequantize(segments(input), over, sum);
  return { quantized: vectors.map((vector) => [...vector]), sum: [...sum], mean: [...mean] };
}

/** The uniforms of the vector, in order. */
function given(uniforms: readonly number[]): UniformSource {
  let next = 0;
  return (out) => {
    for (let i = 0; i < out.length; i++) out[i] = uniforms[next++] ?? assert.fail('no uniform is left');
  };
}

function segments(input: JsonObject): readonly Segment[] {
  return list(input['segments'], (item) => {
    const { name, length, range, bits, localSigma } = object(item);
    const segment = { name: text(name), length: number(length), range: number(range), bits: number(bits) };
    const sigma = nullable(localSigma, number);
    return sigma === null ? segment : { ...segment, localSigma: sigma };
  });
}

function summedOver(input: JsonObject): SummedOver {
  return {
    sites: number(input['sites']),
    weightCap: nullable(input['weightCap'], number),
    exampleCount: nullable(input['exampleCount'], number) ?? Number.NaN,
  };
}

function proposal(input: JsonObject): SumProposal {
  return {
    maxSites: number(input['maxSites']),
    colluders: nullable(input['colluders'], number),
    threshold: nullable(input['threshold'], number),
    quorum: nullable(input['quorum'], number),
    trustsCoordinator: boolean(input['trustsCoordinator']),
    encryption: encryption(input['encryption']),
    modulusBits: number(input['modulusBits']),
    approvalQuorum: number(input['approvalQuorum']),
    membershipQuorum: number(input['membershipQuorum']),
    segments: list(input['segments'], (item) => {
      const { name, length, bits, sigma } = object(item);
      const segment = { name: text(name), length: number(length), bits: number(bits) };
      const noise = nullable(sigma, number);
      return noise === null ? segment : { ...segment, sigma: noise };
    }),
  };
}

function encryption(value: Json | undefined): SumProposal['encryption'] {
  const name = text(value);
  assert(name === 'none' || name === 'stream' || name === 'bgv');
  return name;
}
