import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { encodeByResNet, resNetParameters, resNetStages, stageChannels, type ResNetSizes } from '#client/model/resnet';
import type { Parameter } from '#client/model/parameters';
import { drawn, type Encoder, forwardProgram, outputsOf } from '../../../support/model/encoder.ts';

/** As `test/support/model/golden.py` wrote them with PyTorch. */
interface Golden {
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly sizes: ResNetSizes;
  readonly size: readonly number[];
  readonly y: readonly number[];
}
const file = new URL('../../../support/model/golden.json', import.meta.url);
const { resnet: goldens } = JSON.parse(readFileSync(file, 'utf8')) as { readonly resnet: readonly Golden[] };

function encoderOf(sizes: ResNetSizes, size: readonly number[]): Encoder {
  return {
    parameters: resNetParameters('image', sizes, 5),
    inputs: { x: { shape: [2, ...size], dtype: 'float32' } },
    encode: (weights, { x }) => encodeByResNet(weights, 'image', sizes, x!),
  };
}
const shapesOf = (parameters: readonly Parameter[]): Record<string, readonly number[]> =>
  Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));

describe('a residual network', () => {
  for (const { tensors, sizes, size, y: expected } of goldens) {
    const encoder = encoderOf(sizes, size);

    it(`of ${sizes.block} blocks over ${sizes.axes} axes is PyTorch's, eager and compiled`, async () => {
      assert.deepEqual(shapesOf(encoder.parameters), tensors);
      const values = Object.entries(tensors).map(([name, shape], i) => [name, drawn(shape, i)] as const);
      for (const engine of ['reference', 'onnx'] as const) {
        const init = Object.fromEntries(values);
        const { y } = await outputsOf(forwardProgram(encoder), init, { x: drawn([2, ...size], 100) }, engine);
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - y![i]!)));
        assert.ok(worst <= 1e-5, `${engine}: largest difference ${worst.toExponential(1)}`);
      }
    });
  }

  it('has as many weights as the published one with 50 layers, but for the first and the last layer', () => {
    const sizes: ResNetSizes = {
      axes: 2,
      channels: 3,
      block: 'bottleneck',
      blocks: [3, 4, 6, 3],
      width: 64,
      groups: 32,
    };
    const parameters = resNetParameters('image', sizes, 1000);
    const count = parameters.reduce(
      (sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1),
      0,
    );
    assert.equal(count, 25_557_032 - 1000); // torchvision's resnet50, whose head has a bias
    assert.deepEqual(stageChannels(sizes), [256, 512, 1024, 2048]);
  });

  it('halves the extents from stage to stage, the stem of a volume along the axes it is told', async () => {
    const sizes: ResNetSizes = {
      axes: 3,
      block: 'basic',
      blocks: [1, 1, 1],
      width: 2,
      groups: 1,
      stem: { kernel: [3, 7, 7], strides: [1, 2, 2], pool: { window: [1, 3, 3], strides: [1, 2, 2] } },
    };
    const encoder = encoderOf(sizes, [4, 16, 16]);
    const seen: (readonly number[])[] = [];
    await outputsOf(
      forwardProgram({
        ...encoder,
        encode: (weights, { x }) => {
          const stages = resNetStages(weights, 'image', sizes, x!);
          seen.splice(0, seen.length, ...stages.map(({ shape }) => shape));
          return stages.at(-1)!;
        },
      }),
      {},
      { x: drawn([2, 4, 16, 16], 1) },
    );
    assert.deepEqual(seen, [[2, 4, 8, 8, 2], [2, 4, 4, 4, 2], [2, 2, 2, 2, 4], [2, 1, 1, 1, 8]]); // prettier-ignore
  });
});
