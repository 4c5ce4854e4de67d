/** A phantom radiograph: the chest, its findings, and the scanner that looks at them. @module */
import { unreachable } from '#shared/util/unreachable';
import type { Random } from '../../random.ts';
import { type Anatomy, chest, drawAnatomy } from './anatomy.ts';
import { blurred, coordinate, halved, size, whiteNoise } from './field.ts';
import { heartFactor, type Layer, layerOf } from './findings.ts';
import type { Finding, Scanner } from './types.ts';

/** `size * size` grey bytes, row by row. */
export function drawImage(findings: readonly Finding[], scanner: Scanner, random: Random): Uint8Array {
  const anatomy = drawAnatomy(random);
  const layers = findings.flatMap((finding) => layerOf(finding, anatomy, random) ?? []);
  return drawChest(anatomy, heartFactor(findings), layers, scanner, random);
}

/** A chest with these layers upon it, as the scanner shows it: `size * size` grey bytes, row by row. */
export function drawChest(
  anatomy: Anatomy,
  factor: number,
  layers: readonly Layer[],
  scanner: Scanner,
  random: Random,
): Uint8Array {
  const out = new Float32Array(size * size);
  for (let at = 0; at < out.length; at++) {
    const x = (coordinate(at % size) - anatomy.shiftX) / anatomy.scale;
    const y = (coordinate(Math.floor(at / size)) - anatomy.shiftY) / anatomy.scale;
    let value = chest(anatomy, factor, x, y);
    for (const layer of layers) value += layer(x, y, at);
    out[at] = value;
  }
  return toBytes(scanned(out, scanner, random));
}

/** Gamma, contrast, blur, resolution, noise, then the mark in a corner and the border. */
function scanned(image: Float32Array, scanner: Scanner, random: Random): Float32Array {
  const shown = image.map((value) => 0.5 + scanner.contrast * (Math.min(1, Math.max(0, value)) ** scanner.gamma - 0.5));
  const sharpness = blurred(shown, scanner.blur);
  const sampled = scanner.halfResolution ? halved(sharpness) : sharpness;
  const noise = whiteNoise(random);
  const border = Math.round(scanner.border * size);
  return sampled.map((value, at) => {
    const column = at % size;
    const row = Math.floor(at / size);
    const edge = Math.min(column, row, size - 1 - column, size - 1 - row);
    if (edge < border) return 0;
    return marked(scanner.mark, column - border, row - border) ? 0.95 : value + scanner.noise * noise[at]!;
  });
}

/** The side marker: a letter L, or a box. */
function marked(mark: Scanner['mark'], column: number, row: number): boolean {
  switch (mark) {
    case 'letter':
      return (column === 2 && row >= 2 && row <= 7) || (row === 7 && column >= 2 && column <= 5);
    case 'box':
      return column >= 1 && column <= 5 && row >= 1 && row <= 4;
    default:
      return unreachable(mark);
  }
}

function toBytes(image: Float32Array): Uint8Array {
  return new Uint8Array(image.map((value) => Math.round(255 * Math.min(1, Math.max(0, value)))));
}
