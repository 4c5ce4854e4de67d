import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadPairs } from '#client/data/load-pairs';
import type { Pair } from '#client/data/types';
import { exportOnnx } from '#client/engine/onnx/export';
import { clipIt } from '#client/methods/clip-it/clip-it';
import { imageValues } from '#client/methods/batches/values';
import { beginningOf } from '#client/train/beginning';
import { filesIn } from '#client/train/files';
import { openModel } from '#client/train/model';
import { imageProgram } from '#client/train/programs';
import { openSession } from '#client/train/session';

const csv = fileURLToPath(new URL('../../../../../../shared/data/histology_tiles/pairs.csv', import.meta.url));

/** Whether a tile has many nuclei, as a class; tiles that nobody counted have none. */
function classed(pair: Pair): Pair {
  const count = pair.labels.find((label) => label.startsWith('nuclei='))?.slice('nuclei='.length);
  return { ...pair, labels: count === undefined ? [] : [`class:${Number(count) > 30 ? 'many' : 'few'}`] };
}

if (existsSync(csv)) {
  describe('clip-it on stained tissue', () => {
    const config = {
      embedding: 8,
      image: { size: 48, channels: 3, patch: 16, dim: 8, heads: 2, blocks: 1 },
      training: { localSteps: 2, batchSize: 8 },
      clipIt: { classes: ['few', 'many'], pairing: 'none', rank: 2 },
    };
    let pairs: readonly Pair[] = [];

    before(async () => {
      const read = await loadPairs(csv, { size: [48, 48], channels: 3, reports: false });
      pairs = read.pairs.map(classed);
    });

    it('reads tiles in colour, trains on those with a class and judges those alone', async () => {
      assert(pairs.every(({ image }) => image.length === 48 * 48 * 3));
      const session = await openSession({ method: 'clip-it', config, rounds: 1, seed: 1, engine: 'onnx', data: { pairs } }); // prettier-ignore
      const run = await session.trainAlone(() => undefined);
      const report = await session.evaluate(run, 'test');
      await session.dispose();
      const counted = pairs.filter(({ split, labels }) => split === 'test' && labels.length > 0);
      assert.equal(report.pairCount, counted.length);
      assert(report.pairCount > 5 && pairs.some(({ labels }) => labels.length === 0));
      assert(Number.isFinite(run.lossNats));
    }).timeout(30_000);

    it('gives the same probabilities when its image side is exported as ONNX', async () => {
      const method = clipIt(config);
      const values = await beginningOf(method, filesIn(undefined));
      const model = openModel(method, { engine: 'onnx' });
      model.write(values);
      const { probabilities } = await model.images(pairs.slice(0, 3));
      await model.dispose();
      const session = await InferenceSession.create(
        await exportOnnx(imageProgram(method, 3), values, ['probabilities']),
      );
      const image = imageValues(method.config, 3, pairs.slice(0, 3), (pair, out, at) => {
        out.set(pair.image, at);
      });
      const made = await session.run({ image: new Tensor('float32', image, [3, 48, 48, 3]) });
      await session.release();
      assert.deepEqual(made['probabilities']!.dims, [3, 2]);
      const rows = [...(made['probabilities']!.data as Float32Array)];
      probabilities!.forEach((row, i) => {
        assert(row.every((value, c) => Math.abs(value - rows[2 * i + c]!) < 1e-5));
        assert(Math.abs(row[0]! + row[1]! - 1) < 1e-6);
      });
    }).timeout(30_000);
  });
}
