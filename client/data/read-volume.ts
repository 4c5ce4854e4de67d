/**
 * Volumes of one size. The darkest and the brightest thousandth are cut, as in the released code of SeLIP and much other
 * work on MRI, where single voxels are far brighter than tissue; then the volume is brought on the grid asked for. What
 * lies around it is kept and nothing is padded, so a volume of other proportions is stretched.
 *
 * @module
 */
import type { Volume } from './nifti.ts';
import { readNifti } from './nifti-file.ts';
import { resampled } from './resample-volume.ts';

/** Shares of the voxels below and above the cuts. */
const cuts = [0.001, 0.999] as const;

/** Voxels that the percentiles are taken of, evenly spread, where a volume has more. */
const counted = 2 ** 20;

/** The volume of a `.nii` or `.nii.gz` file on a grid of `[depth, height, width]`. @throws as `readNifti` */
export async function readVolume(path: string, size: readonly number[]): Promise<Float32Array> {
  return onGrid(await readNifti(path), size);
}

/** The volume, clipped, on this grid. */
export function onGrid({ values, size }: Volume, to: readonly number[]): Float32Array {
  const [low, high] = percentiles(values);
  return resampled(
    values.map((value) => Math.min(high, Math.max(low, value))),
    size,
    to,
  );
}

function percentiles(values: Float32Array): readonly [number, number] {
  const every = Math.ceil(values.length / counted);
  const sorted = Float32Array.from({ length: Math.ceil(values.length / every) }, (_, i) => values[i * every]!).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(cuts[0]), at(cuts[1])];
}
