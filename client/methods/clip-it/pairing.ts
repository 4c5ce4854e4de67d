/**
 * Which report of the text bank goes with an image: the nearest by the frozen CLIP, no label asked, done once before
 * training. The pairing tells what tissue an image shows and stays at this site.
 *
 * Source: CLIP-IT (arXiv 2504.16181), step 1: ψ(i) = argmax_j cos(f_v(I_i), f_t(T_j)).
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import { dot } from '#client/evaluate/dot';
import { unitRow } from '../unit-row.ts';

/**
 * ψ: for each image the index of its report; of equal cosines the lowest. Frozen features, N or M rows of D numbers.
 *
 * @throws UsageError (badArgument) if there is no report; (notFinite) if a feature is NaN or infinite
 */
export function pairWithReports(
  images: readonly ArrayLike<number>[],
  reports: readonly ArrayLike<number>[],
): readonly number[] {
  if (reports.length === 0)
    throw new UsageError('badArgument', 'the text bank is empty: there is nothing to pair with');
  for (const row of [...images, ...reports]) {
    if (!Array.from(row).every(Number.isFinite)) throw new UsageError('notFinite', 'a feature to pair is not finite');
  }
  const units = reports.map(unitRow);
  return images.map((image) => {
    const own = unitRow(image);
    let best = 0;
    let bestCosine = -Infinity;
    units.forEach((report, j) => {
      const cosine = dot(own, report);
      if (cosine > bestCosine + tolerance) [best, bestCosine] = [j, cosine];
    });
    return best;
  });
}

/** Two cosines that differ by rounding alone are equal. */
const tolerance = 1e-12;
