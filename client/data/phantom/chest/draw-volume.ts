/** A phantom chest in slices: the anatomy, its findings, and the scanner that looks at them. @module */
import { InvariantError } from '#shared/errors';
import type { Random } from '../../random.ts';
import { blurred, sampled, toBytes, type VolumeField, voxelCount } from '../volume-field.ts';
import { type Anatomy, chest, drawAnatomy, inLung } from './anatomy.ts';
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
  const heart = large === undefined ? 1 : 1 + gain * (enlargement(large.severity) - 1);
  const anatomy = drawAnatomy(heart, random);
  const lungs = { right: lungOf(anatomy, 'right'), left: lungOf(anatomy, 'left') };
  const layers = findings.flatMap((finding) => layerOf(finding, { anatomy, lungs }, random));
  const at = placed(anatomy, (x, y, z, voxel) => {
    let value = chest(anatomy, lungs.right[voxel]! + lungs.left[voxel]!, x, y, z);
    for (const layer of layers) value += gain * layer(x, y, z, voxel);
    return value;
  });
  return sampled(chestSize, at);
}

function lungOf(anatomy: Anatomy, side: Side): Float32Array {
  return sampled(
    chestSize,
    placed(anatomy, (x, y, z) => inLung(anatomy, side, x, y, z)),
  );
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
