import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFor } from '#client/data/random';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { compile } from '#client/engine/compile';
import { methodOf } from '#client/methods/methods';
import { bertKind, writeBert } from '#client/model/checkpoint/bert';
import { vitKind, writeVit } from '#client/model/checkpoint/vit';
import { imageEncoderParameters } from '#client/model/image-encoder';
import { type Parameter, sizeOf } from '#client/model/parameters';
import { encodeSafetensors, type NamedTensor } from '#client/model/safetensors';
import { textEncoderParameters } from '#client/model/text-encoder';
import { vocabularyNamed } from '#client/text/vocabularies';
import { beginningOf } from '#client/train/beginning';
import { describeProgram } from '#client/train/describe-program';
import { openSession } from '#client/train/session';
import { filesIn } from '#client/train/files';
import { imageProgram } from '#client/train/programs';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const image = { size: 32, patch: 16, dim: 8, heads: 2, blocks: 1 };
const text = { dim: 8, heads: 2, blocks: 1, length: 12 };
const words = ['[PAD]', '[UNK]', '[CLS]', '[MASK]', 'card', 'io', '##io', '##me', '##galy', 'effusion', 'there', 'is'];

type Values = Readonly<Record<string, Float32Array>>;

/** Numbers of a model that was trained elsewhere. */
function trainedElsewhere(parameters: readonly Parameter[]): Values {
  return Object.fromEntries(
    parameters.map(({ name, shape }): [string, Float32Array] => {
      const random = randomFor(7, 'elsewhere', name);
      return [name, Float32Array.from({ length: sizeOf(shape) }, () => random.normal())];
    }),
  );
}

const vitSizes = { ...image, ...vitKind };
const bertSizes = { ...text, ...bertKind, vocabulary: words.length };
const vit = trainedElsewhere(imageEncoderParameters('image', vitSizes, 16));
const bert = trainedElsewhere(textEncoderParameters('text', bertSizes, 16));

/** Writes a file and answers with how a plan names it. */
function written(dir: string, name: string, bytes: Uint8Array): { readonly name: string; readonly sha256: string } {
  writeFileSync(join(dir, name), bytes);
  return { name, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A BERT with a pooler, which nobody reads, behind the usual prefix. */
function bertFile(): Uint8Array {
  const pooler: NamedTensor = { name: 'pooler.dense.weight', shape: [8, 8], values: new Float32Array(64) };
  const tensors = [...writeBert(bert, 'text', bertSizes), pooler];
  return encodeSafetensors(tensors.map((tensor) => ({ ...tensor, name: `bert.${tensor.name}` })));
}

function withFiles(use: (dir: string, config: Readonly<Record<string, unknown>>) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (dir) => {
    const pretrained = {
      image: { ...written(dir, 'vit.safetensors', encodeSafetensors(writeVit(vit, 'image', vitSizes))), layout: 'vit-timm' }, // prettier-ignore
      text: {
        ...written(dir, 'bert.safetensors', bertFile()),
        layout: 'bert',
        vocabulary: written(dir, 'vocab.txt', Buffer.from(`${words.join('\n')}\n`)),
      },
    };
    await use(dir, { embedding: 16, image, text, pretrained });
  });
}

/** What stands for a masked word, where a method masks any. */
function maskRow(name: string): Float32Array | undefined {
  const row = words.indexOf('[MASK]');
  return name === 'mcr' ? bert['text.word']!.slice(8 * row, 8 * row + 8) : undefined;
}

describe('a model that begins from published checkpoints', () => {
  it('has their numbers, and heads from the seed', async () => {
    await withFiles(async (dir, config) => {
      const method = methodOf('clip', config);
      const values = await beginningOf(method, filesIn(dir));
      assert.deepEqual(new Set(Object.keys(values)), new Set(method.parameters.map(({ name }) => name)));
      for (const name of ['image.patch.weight', 'image.position', 'image.block0.qkv.weight', 'image.norm.gain']) {
        assert.deepEqual(values[name], vit[name], name);
      }
      assert.deepEqual(values['text.block0.mlp1.weight'], bert['text.block0.mlp1.weight']);
      assert.notDeepEqual(values['image.head'], vit['image.head']);
      const seeded = await beginningOf(methodOf('clip', { embedding: 16, image, text }), filesIn(undefined));
      assert.deepEqual(values['image.head'], seeded['image.head']);
    });
  });

  it('begins each word as the mean of the pieces of it that the checkpoint knows', async () => {
    await withFiles(async (dir, config) => {
      const values = await beginningOf(methodOf('clip', config), filesIn(dir));
      const { idOf } = vocabularyNamed('phantom-1');
      const row = (values: Float32Array, at: number): number[] => [...values.slice(8 * at, 8 * at + 8)];
      const ours = (piece: string): number[] => row(values['text.word']!, idOf.get(piece)!);
      const theirs = (...pieces: readonly string[]): number[] => {
        const rows = pieces.map((piece) => row(bert['text.word']!, words.indexOf(piece)));
        return rows[0]!.map((_, d) => rows.reduce((sum, one) => sum + one[d]! / rows.length, 0));
      };
      const near = (a: readonly number[], b: readonly number[]): void => {
        assert(a.every((value, d) => Math.abs(value - b[d]!) < 1e-6), `${a.join()} and ${b.join()}`); // prettier-ignore
      };
      near(ours('effusion'), theirs('effusion'));
      near(ours('cardiomegaly'), theirs('card', '##io', '##me', '##galy'));
      near(ours('<class>'), theirs('[CLS]'));
      near(ours('<pad>'), theirs('[PAD]'));
      near(ours('pneumothorax'), theirs('[UNK]'));
    });
  });

  it('is the same plan at every site only with the same files, and trains another program', async () => {
    await withFiles(async (dir, config) => {
      const described = await describeProgram('clip', config, dir);
      const plain = await describeProgram('clip', { embedding: 16, image, text });
      assert.notEqual(described.fingerprint, plain.fingerprint);
      writeFileSync(join(dir, 'vit.safetensors'), 'another file');
      await assert.rejects(describeProgram('clip', config, dir), { code: 'noSuchFile' });
      await assert.rejects(describeProgram('clip', config), { code: 'noSuchFile', message: /--files/ });
    });
  });

  for (const name of ['siglip', 'selip', 'brgsa', 'mcr']) {
    it(`begins ${name}'s encoders alike, and what only ${name} has from the seed`, async () => {
      await withFiles(async (dir, config) => {
        const method = methodOf(name, config);
        const values = await beginningOf(method, filesIn(dir));
        const seeded = await beginningOf(methodOf(name, { embedding: 16, image, text }), filesIn(undefined));
        const heads = new Set(['image.head', 'text.head', 'text.word']);
        const expected = { ...vit, ...bert, 'text.hidden': maskRow(name) };
        for (const parameter of method.parameters.map((one) => one.name)) {
          const theirs = heads.has(parameter) ? undefined : (expected as Partial<Values>)[parameter];
          if (parameter === 'text.word') assert.notDeepEqual(values[parameter], seeded[parameter]);
          else assert.deepEqual(values[parameter], theirs ?? seeded[parameter], parameter);
        }
        assert.deepEqual(values['image.class'], vit['image.class']);
        const described = await describeProgram(name, config, dir);
        const plain = await describeProgram(name, { embedding: 16, image, text });
        assert.notEqual(described.fingerprint, plain.fingerprint);
        assert.notDeepEqual(described.initialWeights, plain.initialWeights);
      });
    });
  }

  it('trains on from there under MCR, class token and masks included', async () => {
    await withFiles(async (dir, config) => {
      const pairs = phantomPairs(phantomNamed('wide'), { seed: 1, site: 'north', trainPairs: 8, testPairs: 4 });
      const training = { localSteps: 3, batchSize: 4, warmupSteps: 1 };
      const session = await openSession({
        ...{ method: 'mcr', config: { ...config, training }, rounds: 1, seed: 1, engine: 'onnx', files: dir },
        data: { pairs },
      });
      const { initialWeights } = session.program;
      const { delta, lossNats } = await session.trainRound({ weights: initialWeights, local: null }, 1);
      await session.dispose();
      assert(Number.isFinite(lossNats) && delta.every(Number.isFinite));
      assert(delta.filter((value) => value !== 0).length > 0.5 * delta.length);
    });
  });

  it("begins SEMISE's encoder alike, which reads images alone", async () => {
    await withFiles(async (dir, { pretrained }) => {
      const { image: ofImages } = pretrained as Readonly<Record<'image', unknown>>;
      for (const objective of ['severity', 'supervised']) {
        const config = { embedding: 16, image: { ...image, encoder: 'vit' }, semise: { objective } };
        const method = methodOf('semise', { ...config, pretrained: { image: ofImages } });
        const values = await beginningOf(method, filesIn(dir));
        assert.deepEqual(values['image.block0.qkv.weight'], vit['image.block0.qkv.weight']);
        assert.throws(() => methodOf('semise', { ...config, pretrained }), {
          code: 'badPlan',
          message: /pretrained.text/,
        });
        const residual = methodOf('semise', { embedding: 16, pretrained: { image: ofImages } });
        await assert.rejects(beginningOf(residual, filesIn(dir)), { code: 'badPlan', message: /residual networks/ });
      }
    });
  });

  it("leaves MCR's patches what they were: the class token is no place of the image", async () => {
    await withFiles(async (dir, config) => {
      const method = methodOf('mcr', config);
      const values = await beginningOf(method, filesIn(dir));
      const runner = await compile(imageProgram(method, 1), { engine: 'onnx', threads: 1, worker: false });
      await runner.writeState(values);
      const { tokens } = await runner.step({ image: new Float32Array(32 * 32).map((_, i) => Math.sin(i)) });
      await runner.dispose();
      assert.equal(tokens!.length, 4 * 16);
    });
  });

  it('is refused where the plan has other sizes, another encoder, or a method that reads none', async () => {
    await withFiles(async (dir, config) => {
      await assert.rejects(describeProgram('clip', { ...config, image: { ...image, dim: 16 } }, dir), {
        code: 'badFormat',
        message: /patch_embed/,
      });
      await assert.rejects(describeProgram('clip', { ...config, image: { ...image, encoder: 'resnet' } }, dir), {
        code: 'badPlan',
        message: /no resnet/,
      });
      assert.throws(() => methodOf('semise', config), { code: 'badPlan', message: /pretrained/ });
    });
  });
});
