/**
 * From a local round to the integers that a site gives: the delta clipped, weighed and rounded, the example count as it
 * is, the loss weighed like the delta. Nothing else is in the vector. Source: proto/spec/secure-sum.md, section 6.
 *
 * @module
 */
import { segmentPlaces } from '#shared/governance/segments';
import type { SegmentPlace } from '#shared/governance/segments';
import type { Plan } from '#shared/governance/types';
import { quantize } from '#shared/secagg/quantize';
import type { UniformSource } from '#shared/secagg/uniform-source';
import { UsageError } from '#shared/errors';

/** What local training gives. MUST NOT leave this site but through the secure sum. */
export interface Contribution {
  readonly delta: Float32Array;
  readonly exampleCount: number;
  readonly lossNats: number;
}

/**
 * The vector x of a contribution, one word for each field, in the order of the plan's segments.
 *
 * @throws UsageError (weightAboveCap) if this site has more examples than the plan's weight cap, (notFinite) if the
 * training diverged, (lengthMismatch) if the delta is not as long as the plan's model.
 */
export function quantizeContribution(plan: Plan, contribution: Contribution, uniform: UniformSource): Uint32Array {
  const places = segmentPlaces(plan.sum.segments);
  const words = new Uint32Array(places.reduce((total, { length }) => total + length, 0));
  for (const place of places) words.set(fields(plan, place, contribution, uniform), place.offset);
  return words;
}

/** @throws UsageError (weightAboveCap) if `exampleCount` is more than the plan lets a site weigh. */
export function checkWeight({ sum: { weightCap } }: Plan, exampleCount: number): void {
  if (weightCap === null || exampleCount <= weightCap) return;
  throw new UsageError(
    'weightAboveCap',
    `this site has more training pairs than the plan's weight cap of ${weightCap}: ask for a plan with a greater one`,
  );
}

function fields(
  { sum: { clipNorm, weightCap } }: Plan,
  segment: SegmentPlace,
  { delta, exampleCount, lossNats }: Contribution,
  uniform: UniformSource,
): Uint32Array {
  switch (segment.name) {
    case 'delta':
      return quantize([segment], { clipNorm, weightCap, exampleCount }, delta, uniform).quantized;
    case 'exampleCount':
      return Uint32Array.of(exampleCount);
    case 'trainingLoss': {
      const loss = Float64Array.of(lossNats);
      return quantize([segment], { clipNorm: null, weightCap, exampleCount }, loss, uniform).quantized;
    }
    default:
      throw new UsageError('badPlan', `this version knows no segment called ${segment.name}`);
  }
}
