/** A phantom volume: the head on one sequence, its findings, and the scanner that looks at them. @module */
import type { Random } from '../../random.ts';
import { blurred, sampled, toBytes, type VolumeSize, whiteNoise } from '../volume-field.ts';
import { type Anatomy, head, inBrain } from './anatomy.ts';
import type { Shape } from './findings.ts';
import type { Scanner, Sequence, Signal } from './types.ts';

/** Voxels of a volume. */
export const size: VolumeSize = [8, 32, 32];

/** How much a finding brightens or darkens where it is full; half of it is hard to see. */
const contrast = 0.42;

/** What is drawn. */
export interface Scene {
  readonly anatomy: Anatomy;
  readonly sequence: Sequence;
  readonly findings: readonly { readonly shape: Shape; readonly signal: Signal }[];
  /** What the findings' contrast is divided by. */
  readonly difficulty: number;
}

/** Grey bytes, slice by slice. */
export function drawVolume(scene: Scene, scanner: Scanner, random: Random): Uint8Array {
  return toBytes(scanned(drawn(scene), scanner, random));
}

function drawn({ anatomy, sequence, findings, difficulty }: Scene): Float32Array {
  const { shiftX, shiftY, shiftZ, scale } = anatomy;
  const layers = findings.map(({ shape, signal }) => {
    const sign = signal === 'hyperintense' ? 1 : -1;
    return { shape, amount: (sign * contrast) / difficulty };
  });
  return sampled(size, (imageX, imageY, imageZ) => {
    const [x, y, z] = [(imageX - shiftX) / scale, (imageY - shiftY) / scale, (imageZ - shiftZ) / scale];
    let value = head(anatomy, sequence, x, y, z);
    if (value === 0) return value;
    const inside = inBrain(anatomy, x, y, z);
    for (const { shape, amount } of layers) value += amount * shape(x, y, z) * inside;
    return value;
  });
}

/** Gamma, contrast, blur, the coil's shading, noise. */
function scanned(values: Float32Array, scanner: Scanner, random: Random): Float32Array {
  const shown = values.map((value) => scanner.contrast * Math.min(1, Math.max(0, value)) ** scanner.gamma);
  const sharpness = blurred(shown, size, scanner.blur);
  const noise = whiteNoise(size, random);
  const slope = scanner.shading * random.normal();
  const width = size[2];
  return sharpness.map((value, at) => {
    const x = (2 * ((at % width) + 0.5)) / width - 1;
    return 0.06 + value * (1 + slope * x) + scanner.noise * noise[at]!;
  });
}
