import assert from 'node:assert/strict';
import { methodOf } from '#client/methods/methods';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { attentionReader } from '#client/use/attention';
import { drawn } from '../../../support/model/encoder.ts';

type Values = Readonly<Record<string, Float32Array>>;
const options = { engine: 'onnx', threads: 1, worker: false } as const;
const image = { size: 16, patch: 4, dim: 8, heads: 2, blocks: 1 };
const sizes = { embedding: 8, image, text: { dim: 8, heads: 2 } };
const pretrained = { image: { name: 'vit', sha256: '0'.repeat(64), layout: 'vit-timm' } };

/** An encoder in which every token looks at the patch `seen`, and at nothing else: one key is large, and all queries ask for it. */
function lookingAt(method: ReturnType<typeof methodOf>, seen: number): Values {
  const values = splitWeights(method.parameters, initialWeights(method.parameters, 1));
  const qkv = new Float32Array(8 * 24);
  for (const w of [8, 12]) qkv[0 * 24 + w] = 1; // of both heads, the first key is the first feature
  const bias = new Float32Array(24);
  for (const w of [0, 4]) bias[w] = 100; // and so is the first query
  const position = new Float32Array(16 * 8).map((_, at) => (at === seen * 8 ? 10 : 0));
  const own = {
    'image.position': position,
    'image.patch.weight': values['image.patch.weight']!.map(() => 0),
    'image.patch.bias': new Float32Array(8),
  };
  return { ...values, ...own, 'image.block0.qkv.weight': qkv, 'image.block0.qkv.bias': bias };
}

describe('what an encoder attended to', () => {
  it('is the patch that every token looks at', async () => {
    for (const [name, config] of [
      ['clip', sizes],
      ['clip', { ...sizes, pretrained }],
      ['mcr', sizes],
      ['mcr', { ...sizes, pretrained }],
      ['clip-it', { ...sizes, clipIt: { classes: ['a', 'b'], pairing: 'none' } }],
    ] as const) {
      const method = methodOf(name, config);
      const reader = attentionReader(method, lookingAt(method, 6), options);
      const { grid, parts } = await reader.map(drawn([16, 16, method.config.image.channels], 1));
      await reader.dispose();
      assert.deepEqual(grid, [4, 4]);
      const others = parts.filter((_, patch) => patch !== 6);
      assert(others.every((part) => Math.abs(part) < 1e-6), `${name}: ${parts.join()}`); // prettier-ignore
      assert(Math.abs(parts[6]! - 0.5) < 1e-6, `${name}: ${parts[6]}`);
    }
  });

  it('reads the layers of CLIP-IT with their factors', async () => {
    const method = methodOf('clip-it', {
      ...sizes,
      clipIt: { classes: ['a', 'b'], pairing: 'none', rank: 1, alpha: 1 },
    });
    const values = lookingAt(method, 6);
    const [a, b] = ['image.block0.qkv.weight.loraA', 'image.block0.qkv.weight.loraB'];
    const factors = {
      [a]: new Float32Array(8).fill(1, 0, 1),
      [b]: values[b]!.map((_, at) => (at === 8 || at === 12 ? -1 : 0)),
    };
    const reader = attentionReader(method, { ...values, ...factors }, options);
    const { parts } = await reader.map(drawn([16, 16, method.config.image.channels], 1));
    await reader.dispose();
    assert(parts.every((part) => Math.abs(part) < 1e-6), parts.join()); // prettier-ignore
  });

  it('is told of volumes, and refused of an encoder that does not attend', async () => {
    const volume = methodOf('selip', { ...sizes, image: { ...image, size: [8, 16, 16], patch: [4, 8, 8] } });
    const reader = attentionReader(
      volume,
      splitWeights(volume.parameters, initialWeights(volume.parameters, 1)),
      options,
    );
    const { grid, parts } = await reader.map(drawn([8, 16, 16], 1));
    await reader.dispose();
    assert.deepEqual(grid, [2, 2, 2]);
    assert.equal(parts.length, 8);
    assert.equal(Math.min(...parts), 0);
    const residual = methodOf('semise', { embedding: 8, image: { size: 16, resnet: { width: 8 } } });
    const without = attentionReader(residual, {}, options);
    await assert.rejects(without.map(new Float32Array(256)), { code: 'unsupported', message: /--map occlusion/ });
    await without.dispose();
  });
});
