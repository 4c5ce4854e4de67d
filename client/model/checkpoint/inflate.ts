/**
 * Numbers of an encoder of coloured images for one of grey images or of volumes. A patch of a grey
 * image, or of a volume of equal slices, becomes the token that the checkpoint makes of the image's.
 *
 * Sources: Carreira & Zisserman 2017 (arXiv 1705.07750), section 2.4, filters; Arnab et al. 2021 (arXiv 2103.15691), section
 * 3.4, positions; timm's `adapt_input_conv`, colours.
 *
 * @module
 */

/** `[outputs, colours, n]` to `[outputs, n]`: the sum over colours. */
export function summedColours(filters: Float32Array, outputs: number, colours: number): Float32Array {
  const n = filters.length / (outputs * colours);
  const out = new Float32Array(outputs * n);
  filters.forEach((value, at) => {
    out[Math.floor(at / (colours * n)) * n + (at % n)]! += value;
  });
  return out;
}

/** `[outputs, n]` to `[outputs, depth, n]`: a share of the filter in every slice. */
export function inflatedFilters(filters: Float32Array, outputs: number, depth: number): Float32Array {
  const n = filters.length / outputs;
  return Float32Array.from(
    { length: outputs * depth * n },
    (_, at) => filters[Math.floor(at / (depth * n)) * n + (at % n)]! / depth,
  );
}

/** The values `times` times, one behind the other: the positions of a slice for every slice. */
export function repeated(values: Float32Array, times: number): Float32Array {
  const out = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) out.set(values, i * values.length);
  return out;
}
