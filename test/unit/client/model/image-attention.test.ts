import assert from 'node:assert/strict';
import { vitKind } from '#client/model/checkpoint/vit';
import { imageEncoderParameters, type ImageEncoderSizes } from '#client/model/image-encoder';
import { imageAttention } from '#client/model/image-attention';
import { drawn, forwardProgram, initialValues, outputsOf } from '../../../support/model/encoder.ts';

type Values = Readonly<Record<string, Float32Array>>;
const small = { size: [4, 6], patch: [2, 2], dim: 6, heads: 2, blocks: 2 };
const [T, D, H, W] = [6, 6, 2, 3];
const x = drawn([3, 4, 6], 1);

async function attentionOf(
  sizes: ImageEncoderSizes,
  values: Values,
  shape: readonly number[],
  engine: 'onnx' | 'reference' = 'onnx',
): Promise<Float32Array> {
  const program = forwardProgram({
    parameters: imageEncoderParameters('image', sizes, 4),
    inputs: { x: { shape, dtype: 'float32' } },
    encode: (weights, inputs) => imageAttention(weights, 'image', sizes, inputs['x']!),
  });
  const { y } = await outputsOf(program, values, { x }, engine);
  return y as Float32Array;
}

/** Numbers everywhere, but what a block adds to a token is always the same: what the next one reads is known. */
function withKnownSteps(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, each], i): [string, Float32Array] => {
      const isNothing = /\.(out\.weight|mlp2\.weight|mlp2\.bias)$/.test(name);
      if (isNothing) return [name, each.map(() => 0)];
      const isDrawn = /(norm|qkv|out)/.test(name);
      return [name, isDrawn ? drawn([each.length], 50 + i).map((value) => 4 * value) : each];
    }),
  );
}

/** The attention of a block over rows `[T, D]`, in double precision: normalisation, queries and keys, softmax, mean over heads. */
function byHand(values: Values, block: number, rows: readonly (readonly number[])[]): readonly number[] {
  const of = (name: string): Float32Array => values[`image.block${block}.${name}`]!;
  const normed = rows.map((row) => {
    const mean = row.reduce((sum, one) => sum + one, 0) / D;
    const variance = row.reduce((sum, one) => sum + (one - mean) ** 2, 0) / D;
    return row.map(
      (one, d) => ((one - mean) / Math.sqrt(variance + 1e-5)) * of('norm1.gain')[d]! + of('norm1.bias')[d]!,
    );
  });
  const column = (row: readonly number[], at: number): number =>
    row.reduce((sum, one, d) => sum + one * of('qkv.weight')[d * 3 * D + at]!, of('qkv.bias')[at]!);
  const out = new Array<number>(T * T).fill(0);
  for (let h = 0; h < H; h++) {
    normed.forEach((query, i) => {
      const scores = normed.map((key) => {
        let score = 0;
        for (let w = 0; w < W; w++) score += column(query, h * W + w) * column(key, D + h * W + w);
        return Math.exp(score / Math.sqrt(W));
      });
      const total = scores.reduce((sum, one) => sum + one, 0);
      scores.forEach((score, j) => {
        out[i * T + j]! += score / total / H;
      });
    });
  }
  return out;
}

/** Patches as tokens with their positions, in double precision: `[3][T][D]`. */
function embedded(values: Values): readonly (readonly (readonly number[])[])[] {
  const of = (name: string): Float32Array => values[`image.${name}`]!;
  return [0, 1, 2].map((example) =>
    Array.from({ length: T }, (_, t) => {
      const [top, left] = [2 * Math.floor(t / 3), 2 * (t % 3)];
      const pixels = [0, 1, 2, 3].map((q) => x[example * 24 + (top + Math.floor(q / 2)) * 6 + left + (q % 2)]!);
      return Array.from({ length: D }, (__, d) =>
        pixels.reduce(
          (sum, pixel, q) => sum + pixel * of('patch.weight')[q * D + d]!,
          of('patch.bias')[d]! + of('position')[t * D + d]!,
        ),
      );
    }),
  );
}

describe('the attention of an image encoder', () => {
  const parameters = imageEncoderParameters('image', small, 4);
  const values = withKnownSteps(initialValues(parameters));

  it('is that of its formula, in every block', async () => {
    for (const engine of ['onnx', 'reference'] as const) {
      const attention = await attentionOf(small, values, [3, 4, 6], engine);
      const added = values['image.block0.out.bias']!;
      const expected = embedded(values).flatMap((rows) => [
        ...byHand(values, 0, rows),
        ...byHand(values, 1, rows.map((row) => row.map((one, d) => one + added[d]!))), // prettier-ignore
      ]);
      assert.equal(attention.length, expected.length);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - attention[i]!)));
      assert(worst < 1e-5, `differ by ${worst}`);
      assert(
        expected.some((value) => value > 0.4),
        'it is not the same everywhere',
      );
    }
  });

  it('is even where queries and keys are nothing, and rows sum to 1, with a class token and over volumes too', async () => {
    const volume = { ...small, ...vitKind, size: [2, 6, 6], patch: [2, 2, 2] };
    const even = Object.fromEntries(
      Object.entries(initialValues(imageEncoderParameters('image', volume, 4))).map(([name, each]) => [name, name.includes('qkv') ? each.map(() => 0) : each]), // prettier-ignore
    );
    const same = await attentionOf(volume, even, [1, 2, 6, 6]);
    assert.equal(same.length, 2 * 10 * 10);
    for (const share of same) assert(Math.abs(share - 0.1) < 1e-6);
    const drawnNumbers = await attentionOf(
      volume,
      initialValues(imageEncoderParameters('image', volume, 4)),
      [1, 2, 6, 6],
    );
    for (let row = 0; row < 20; row++) {
      const sum = drawnNumbers.subarray(10 * row, 10 * row + 10).reduce((all, one) => all + one, 0);
      assert(Math.abs(sum - 1) < 1e-5);
    }
  });
});
