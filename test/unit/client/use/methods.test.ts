import assert from 'node:assert/strict';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { methodOf } from '#client/methods/methods';
import { initialWeights } from '#client/model/flat-weights';
import { keptAs } from '#client/model/parameters';
import { classifierOf, cosine } from '#client/use/classify';
import { imageVectors, openTrained, textVectors, type Trained } from '#client/use/open-trained';
import { severitiesOf } from '#client/use/severity';

const pairs = phantomPairs(phantomNamed('radiograph'), { seed: 1, site: 'north', trainPairs: 4, testPairs: 1 });
const image = { size: 64, dim: 16, heads: 2, blocks: 1, patch: 16 };
const small = { embedding: 16, image, text: { dim: 16, heads: 2 } };

/** A model of a method with the seed's weights, the last of them as given. */
async function open(method: string, config: unknown, last: readonly number[] = []): Promise<Trained> {
  const weights = initialWeights(keptAs(methodOf(method, config).parameters, 'shared', 'rows'), 3);
  weights.set(last, weights.length - last.length);
  return openTrained({ method, config, start: { weights, local: null }, engine: 'onnx' });
}

/** Uses a model and closes it. */
async function using(opening: Promise<Trained>, use: (trained: Trained) => Promise<void>): Promise<void> {
  const trained = await opening;
  try {
    await use(trained);
  } finally {
    await trained.dispose();
  }
}

describe('the methods in use', () => {
  it('semise: severity is the distance to the healthy prototype, refused before there is one', async () => {
    const config = { embedding: 16, image: { ...image, encoder: 'vit' } };
    const prototype = Array.from({ length: 16 }, (_, d) => (d === 3 ? 2 : 0));
    await using(open('semise', config, prototype), async (trained) => {
      const embedded = await imageVectors(trained, pairs);
      const severities = await severitiesOf(trained, pairs);
      severities.forEach((severity, i) => {
        assert(Math.abs(severity - (1 - embedded[i]![3]!)) < 1e-5);
      });
      assert.throws(() => classifierOf(trained, ['There is effusion']), { code: 'unsupported', message: /severity/ });
      await assert.rejects(textVectors(trained, ['There is effusion']), { code: 'unsupported' });
    });
    await using(open('semise', config), async (trained) => {
      await assert.rejects(severitiesOf(trained, pairs), { code: 'noUsableRows', message: /prototype/ });
    });
  });

  it('clip-it: gives the probabilities of its own classes, and takes no prompt', async () => {
    const config = {
      ...small,
      image: { ...image, channels: 1 },
      clipIt: { classes: ['low', 'high'], lambda: 0 },
    };
    await using(open('clip-it', config), async (trained) => {
      const { classes, meaning, scores } = await classifierOf(trained, []);
      assert.deepEqual([classes, meaning], [['low', 'high'], 'probability']); // prettier-ignore
      for (const row of await scores(pairs)) assert(Math.abs(row[0]! + row[1]! - 1) < 1e-6 && row[0] !== row[1]);
      assert.throws(() => classifierOf(trained, ['There is effusion']), { code: 'badArgument', message: /low, high/ });
    });
  });

  it('brgsa: scores with what an image is and what it reads from the bank', async () => {
    await using(open('brgsa', small), async (trained) => {
      const prompts = ['There is effusion', 'There is cardiomegaly'];
      const { scores } = await classifierOf(trained, prompts);
      const [row] = await scores(pairs);
      const outputs = await trained.model.images(pairs);
      const [asked] = await textVectors(trained, prompts);
      const both = 0.5 * (cosine(outputs['embedding']![0]!, asked!) + cosine(outputs['read']![0]!, asked!));
      assert(Math.abs(row![0]! - both) < 1e-6);
    });
  });

  it('selip: reads a text as lines in codes, as it was trained', async () => {
    const config = { ...small, selip: { codeBook: 'chest-en-1' } };
    await using(open('selip', config), async (trained) => {
      const [own, other] = await textVectors(trained, ['There is a left pleural effusion.', 'Left pleural effusion']);
      assert.notEqual(trained.textOf('There is a left pleural effusion.'), 'There is a left pleural effusion.');
      assert(cosine(own!, other!) > 1 - 1e-6, 'two wordings of one finding are one text');
    });
  });
}).timeout(30_000);
