/**
 * How much each patch of an image has come into what stands for the image, through all blocks of a transformer.
 *
 * Source: Abnar & Zuidema 2020 (arXiv 2005.00928), section 3, "attention rollout": half of a token is itself, by the
 * residual connection.
 *
 * @module
 */

/** Ã_K … Ã_1 with Ã = ½ A + ½ I, from the attention `[K, T, T]` of K blocks. `[T, T]`, rows that sum to 1. */
export function rollout(attention: Float32Array, tokens: number): Float64Array {
  let flow = identity(tokens);
  for (let at = 0; at < attention.length; at += tokens * tokens) {
    flow = mixed(attention.subarray(at, at + tokens * tokens), flow, tokens);
  }
  return flow;
}

/** (½ A + ½ I) flow. */
function mixed(attention: Float32Array, flow: Float64Array, T: number): Float64Array {
  const out = flow.map((value) => value / 2);
  for (let i = 0; i < T; i++) {
    for (let j = 0; j < T; j++) {
      const half = attention[i * T + j]! / 2;
      for (let t = 0; t < T; t++) out[i * T + t]! += half * flow[j * T + t]!;
    }
  }
  return out;
}

function identity(T: number): Float64Array {
  return Float64Array.from({ length: T * T }, (_, at) => Number(at % (T + 1) === 0));
}
