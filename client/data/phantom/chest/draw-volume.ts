/** A phantom chest in slices: the anatomy, its findings, and the scanner that looks at them. @module */
import { InvariantError } from '#shared/errors';
import type { Random } from '../../random.ts';
import { blurred, sampled, toBytes, type VolumeField, type VolumeSize, voxelCount } from '../volume-field.ts';
import { type Anatomy, drawAnatomy, heartHeight, inHeart, inLung, lungDepth, ribsAt, uprightOf } from './anatomy.ts';
import { type Chest, chestSize } from './layers.ts';
import { lungFindings } from './lung-findings.ts';
import { enlargement, otherFindings } from './other-findings.ts';
import type { Finding, Scanner, Side } from './types.ts';

/** The bytes of a chest with these findings, drawn `gain` times as strongly as their formulas say. */
export function drawVolume(findings: readonly Finding[], scanner: Scanner, gain: number, random: Random): Uint8Array {
  return toBytes(scanned(drawn(findings, gain, random), scanner, random));
}

function drawn(findings: readonly Finding[], gain: number, random: Random): Float32Array {
  const large = findings.find(({ kind }) => kind === 'cardiomegaly');
  const heartFactor = large === undefined ? 1 : 1 + gain * (enlargement(large.severity) - 1);
  const anatomy = drawAnatomy(heartFactor, random);
  const sample = (size: VolumeSize, field: VolumeField): Float32Array => sampled(size, placed(anatomy, field));
  const heart = sample(chestSize, (x, y, z) => inHeart(anatomy, x, y, z));
  const lungOf = (side: Side): Float32Array =>
    sample(chestSize, (x, y, z, at) => inLung(anatomy, side, x, y, z) * (1 - heart[at]!));
  const lungs = { right: lungOf('right'), left: lungOf('left') };
  const layers = findings.flatMap((finding) => layerOf(finding, { anatomy, lungs }, random));
  const upright = uprightOf(anatomy, (field) => sample([1, chestSize[1], chestSize[2]], field));
  const pixels = upright.value.length;
  return sample(chestSize, (x, y, z, at) => {
    const rib = upright.rib[at % pixels]!;
    const lung = lungs.right[at]! + lungs.left[at]!;
    let value = upright.value[at % pixels]! - lungDepth * lung + heartHeight * heart[at]!;
    if (rib > 0.001) value += rib * ribsAt(anatomy, y, z);
    for (const layer of layers) value += gain * layer(x, y, z, at);
    return value;
  });
}

/** A field of the standing chest, where this patient lies. */
function placed({ shift: [dx, dy, dz], scale }: Anatomy, field: VolumeField): VolumeField {
  return (x, y, z, at) => field((x - dx) / scale, (y - dy) / scale, (z - dz) / scale, at);
}

function layerOf(
  { kind, severity, side = 'right', zone = 'middle' }: Finding,
  into: Chest,
  random: Random,
): readonly VolumeField[] {
  if (kind === 'cardiomegaly') return [];
  const draw = lungFindings[kind] ?? otherFindings[kind];
  if (draw === undefined) throw new InvariantError('unreachable', `the phantom does not know how to draw ${kind}`);
  return [draw({ chest: into, severity, side, zone, random })];
}

/** Gamma, contrast, blur, thick slices, noise. */
function scanned(
  volume: Float32Array,
  { gamma, contrast, blur, thickSlices, noise }: Scanner,
  random: Random,
): Float32Array {
  const shown = volume.map((value) => 0.5 + contrast * (Math.min(1, Math.max(0, value)) ** gamma - 0.5));
  const soft = blurred(shown, chestSize, [0, blur, blur]);
  const slice = voxelCount(chestSize) / chestSize[0];
  const seen = thickSlices ? soft.map((_, at) => soft[at - (Math.floor(at / slice) % 2) * slice]!) : soft;
  return seen.map((value) => value + noise * random.roughNormal());
}
