import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs';
import { bertKind, readBert, writeBert } from '#client/model/checkpoint/bert';
import { readVit, vitKind, writeVit } from '#client/model/checkpoint/vit';
import { embedPatches, imageEncoderParameters, imageTokens } from '#client/model/image-encoder';
import { decodeCheckpoint, encodeSafetensors, type NamedTensor } from '#client/model/safetensors';
import { embedWords, textEncoderParameters, textTokens } from '#client/model/text-encoder';
import { drawn, forwardProgram, initialValues, outputsOf } from '../../../../support/model/encoder.ts';

/** As `test/support/model/golden.py` wrote them with PyTorch. */
interface Golden<Sizes> {
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly sizes: Sizes;
  readonly shape: readonly number[];
  readonly y: readonly number[];
}
interface VitSizes {
  readonly size: readonly number[];
  readonly patch: readonly number[];
  readonly channels: number;
  readonly dim: number;
  readonly blocks: number;
  readonly heads: number;
  readonly pool: 'class' | 'mean';
}
interface BertSizes {
  readonly vocabulary: number;
  readonly length: number;
  readonly dim: number;
  readonly blocks: number;
  readonly heads: number;
}
const file = new URL('../../../../support/model/golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly vit: readonly Golden<VitSizes>[];
  readonly bert: Golden<BertSizes> & { readonly ids: readonly number[][]; readonly mask: readonly number[][] };
};

/** The checkpoint of a golden case, through a file. */
function checkpointOf({ tensors }: Golden<unknown>): readonly NamedTensor[] {
  const all = Object.entries(tensors).map(([name, shape], i) => ({ name, shape, values: drawn(shape, i) }));
  return decodeCheckpoint(encodeSafetensors(all));
}
function without(tensors: readonly NamedTensor[], left: string): readonly NamedTensor[] {
  return tensors.filter(({ name }) => name !== left);
}
function assertNear(actual: ArrayLike<number>, expected: readonly number[], bound: number): void {
  assert.equal(actual.length, expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  assert.ok(worst <= bound, `largest difference ${worst.toExponential(1)}`);
}
const sorted = (tensors: readonly NamedTensor[]): string[] => tensors.map(({ name }) => name).sort();

for (const one of golden.vit) {
  const sizes = { ...vitKind, ...one.sizes };
  const parameters = imageEncoderParameters('image', sizes, 4);
  const checkpoint = checkpointOf(one);
  const values = { ...initialValues(parameters), ...readVit(checkpoint, 'image', sizes) };
  const shape = [2, ...sizes.size, ...(sizes.channels === 1 ? [] : [sizes.channels])];
  const program = forwardProgram({
    parameters,
    inputs: { x: { shape, dtype: 'float32' } },
    encode: (weights, { x }) => imageTokens(weights, 'image', sizes, embedPatches(weights, 'image', sizes, x!)),
  });

  describe(`a checkpoint of a vision transformer over ${sizes.size.length} axes`, () => {
    it("gives PyTorch's tokens", async () => {
      for (const engine of ['reference', 'onnx'] as const) {
        const { y } = await outputsOf(program, values, { x: drawn(shape, 100) }, engine);
        assertNear(y!, one.y, 1e-5);
      }
    });

    it('has every parameter but the head', () => {
      const names = Object.keys(readVit(checkpoint, 'image', sizes)).sort();
      const wanted = parameters.map(({ name }) => name).filter((name) => name !== 'image.head');
      assert.deepEqual(names, wanted.sort());
    });

    it('is read as it is written', () => {
      const read = readVit(checkpoint, 'image', sizes);
      const written = writeVit(read, 'image', sizes);
      assert.deepEqual(sorted(written), sorted(checkpoint));
      for (const { name, shape: extents } of written) assert.deepEqual(extents, one.tensors[name]);
      assert.deepEqual(readVit(written, 'image', sizes), read);
    });
  });
}

describe('a checkpoint of coloured images', () => {
  const coloured = { ...vitKind, size: [8, 12], patch: [4, 4], channels: 3, dim: 8, blocks: 1, heads: 2 };
  const values = initialValues(imageEncoderParameters('image', coloured, 4));
  const checkpoint = writeVit(values, 'image', coloured);

  /** The tokens of patches, before the blocks. */
  async function embedded(sizes: typeof coloured, shape: readonly number[], x: Float32Array): Promise<Float32Array> {
    const parameters = imageEncoderParameters('image', sizes, 4);
    const read = { ...initialValues(parameters), ...readVit(checkpoint, 'image', sizes) };
    const program = forwardProgram({
      parameters,
      inputs: { x: { shape, dtype: 'float32' } },
      encode: (weights, inputs) => embedPatches(weights, 'image', sizes, inputs['x']!),
    });
    return (await outputsOf(program, read, { x }, 'reference'))['y'] as Float32Array;
  }
  const grey = drawn([8, 12], 5);
  const asColours = (): Promise<Float32Array> =>
    embedded(
      coloured,
      [1, 8, 12, 3],
      Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]!),
    );

  it('makes of a grey image what it makes of one without colours', async () => {
    const y = await embedded({ ...coloured, channels: 1 }, [1, 8, 12], grey);
    assertNear(y, [...(await asColours())], 1e-5);
  });

  it('makes of a volume of equal slices what it makes of the slice, at every depth', async () => {
    const sizes = { ...coloured, channels: 1, size: [4, 8, 12], patch: [2, 4, 4] };
    const y = await embedded(
      sizes,
      [1, 4, 8, 12],
      Float32Array.from({ length: 4 * 96 }, (_, i) => grey[i % 96]!),
    );
    const slice = [...(await asColours())];
    assertNear(y, [...slice, ...slice], 1e-5);
    const read = readVit(checkpoint, 'image', sizes);
    assert.deepEqual(read['image.class'], values['image.class']);
  });

  it('is refused for volumes whose slices have other patches', () => {
    const sizes = { ...coloured, channels: 1, size: [4, 8, 12], patch: [2, 4, 2] };
    assert.throws(() => readVit(checkpoint, 'image', sizes), { code: 'badFormat', message: /patch_embed/ });
  });
});

describe('a checkpoint of another vision transformer', () => {
  const [one] = golden.vit as [Golden<VitSizes>];
  const sizes = { ...vitKind, ...one.sizes };
  const checkpoint = checkpointOf(one);

  it('is refused where a tensor is missing, by its name', () => {
    const less = without(checkpoint, 'blocks.1.attn.qkv.bias');
    assert.throws(() => readVit(less, 'image', sizes), {
      code: 'badFormat',
      message: /no tensor blocks.1.attn.qkv.bias/,
    });
  });

  it('is refused where a tensor is of another shape, with both', () => {
    const message = /pos_embed: expected \[1, 4, 8\], got \[1, 7, 8\]/;
    assert.throws(() => readVit(checkpoint, 'image', { ...sizes, size: [8, 8], pool: 'mean' }), { message });
  });

  it('is refused where it is not known what stands in front of the names', () => {
    const twice = [...checkpoint, ...checkpoint.map((tensor) => ({ ...tensor, name: `teacher.${tensor.name}` }))];
    assert.throws(() => readVit(twice, 'image', sizes), { code: 'badFormat', message: /found 2/ });
    assert.throws(() => readVit([], 'image', sizes), { code: 'badFormat', message: /found 0/ });
  });

  it('is refused for an encoder of another order', () => {
    assert.throws(() => readVit(checkpoint, 'image', { ...sizes, order: 'post' }), { code: 'badArgument' });
  });
});

describe('a checkpoint of BERT', () => {
  const { bert } = golden;
  const sizes = { ...bertKind, ...bert.sizes };
  const parameters = textEncoderParameters('text', sizes, 4);
  const checkpoint = checkpointOf(bert);
  const read = readBert(checkpoint, 'text', sizes);
  const spec = [bert.ids.length, sizes.length];
  const program = forwardProgram({
    parameters,
    inputs: { ids: { shape: spec, dtype: 'int32' }, mask: { shape: spec, dtype: 'float32' } },
    encode: (weights, { ids, mask }) => {
      const words = embedWords(weights, 'text', ids as tf.Tensor2D);
      return textTokens(weights, 'text', sizes, words, mask as tf.Tensor2D);
    },
  });
  const batch = { ids: Int32Array.from(bert.ids.flat()), mask: Float32Array.from(bert.mask.flat()) };

  it("gives PyTorch's tokens", async () => {
    for (const engine of ['reference', 'onnx'] as const) {
      const { y } = await outputsOf(program, { ...initialValues(parameters), ...read }, batch, engine);
      assertNear(y!, bert.y, 1e-5);
    }
  });

  it('has every parameter but the head', () => {
    const wanted = parameters.map(({ name }) => name).filter((name) => name !== 'text.head');
    assert.deepEqual(Object.keys(read).sort(), wanted.sort());
  });

  it('is read with the older names of gain and bias, too', () => {
    const older = checkpoint.map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
    }));
    assert.deepEqual(readBert(older, 'text', sizes), read);
  });

  it('is read as it is written', () => {
    assert.deepEqual(readBert(writeBert(read, 'text', sizes), 'text', sizes), read);
    const theirs = Object.keys(bert.tensors).filter((name) => !name.startsWith('bert.pooler'));
    assert.deepEqual(sorted(writeBert(read, 'text', sizes)), theirs.map((name) => name.replace('bert.', '')).sort());
  });

  it('is refused for more positions than it has, and for an encoder of another order', () => {
    assert.throws(() => readBert(checkpoint, 'text', { ...sizes, length: 10 }), {
      code: 'badArgument',
      message: /9 positions/,
    });
    assert.throws(() => readBert(checkpoint, 'text', { ...sizes, order: 'pre' }), { code: 'badArgument' });
  });
});
