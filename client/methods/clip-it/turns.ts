/** A tile has no up and no down: the eight ways to lay it, for augmentation. H = W pixels, C channels. @module */

/** The square image laid in one of eight ways: mirrored across, mirrored down and transposed by the bits of `way`. */
export function laid(image: Float32Array, size: number, channels: number, way: number): Float32Array {
  if (way === 0) return image;
  const [across, down, transposed] = [(way & 1) !== 0, (way & 2) !== 0, (way & 4) !== 0];
  const out = new Float32Array(image.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [y, x] = transposed ? [column, row] : [row, column];
      const from = ((down ? size - 1 - y : y) * size + (across ? size - 1 - x : x)) * channels;
      const to = (row * size + column) * channels;
      for (let channel = 0; channel < channels; channel++) out[to + channel] = image[from + channel]!;
    }
  }
  return out;
}
