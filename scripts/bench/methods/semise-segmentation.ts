/** The U-Net of SEMISE: begun with a trained encoder or at random, on the masks of few lesions at one hospital. */
import { phantomPairs } from '#client/data/phantom/phantoms';
import { severityCases, severityPhantom } from '#client/data/phantom/severity/generate';
import { meanOf } from '#client/evaluate/mean';
import type { Overlap } from '#client/evaluate/overlap';
import { semiseConfig } from '#client/methods/semise/config';
import { splitWeights } from '#client/model/flat-weights';
import { semise } from '#client/methods/semise/semise';
import { sharedOf } from '#client/train/programs';
import { type SegmentedImage, trainSegmentation } from '#client/train/segmentation';
import { openSession } from '#client/train/session';
import { demonstrations } from '../../start/demonstrations.ts';
import type { Figure } from '../types.ts';
import { armFigure, difference } from './figures.ts';
import type { Arm } from './types.ts';

const masks = 10;
const steps = 60;
/** Of the phantom, and of the encoder's training. */
const seed = 1;
/** Of the decoder's beginning, of batches and augmentation: ten masks err more by these than by what they begin with. */
const starts = [1, 2, 3, 4, 5];

/** Dice and IoU of the lesion on 100 images, after 60 steps on 10 masks of the hospital west: means over five starts. */
export async function segmentationFigures(arm: Arm): Promise<readonly Figure[]> {
  const { train, test } = lesions();
  const encoder = await trainedEncoder(arm);
  const common = { config: semiseConfig(arm.config), classes: 2, steps, compile: { engine: 'onnx' as const } };
  const begun: Overlap[] = [];
  const random: Overlap[] = [];
  for (const start of starts) {
    begun.push((await trainSegmentation({ ...common, seed: start, encoder }, train, test)).overlap);
    random.push((await trainSegmentation({ ...common, seed: start }, train, test)).overlap);
  }
  return (['dice', 'iou'] as const).flatMap((name) => {
    const of = (overlaps: readonly Overlap[]): readonly number[] => overlaps.map((overlap) => overlap[name][1] ?? NaN);
    const title = `segmentation, ${name} of the lesion with the trained encoder`;
    const value = armFigure(`${title}, ${masks} masks, ${test.length} images`, of(begun), 'higher');
    const reference = { name: 'random start', value: meanOf(of(random)), measured: 'this run' };
    return [{ ...value, reference }, difference(`${title} minus random start`, of(begun), of(random), null)];
  });
}

/** Images of lungs that are ill, standardised as in training, with their truth. */
function lesions(): { readonly train: readonly SegmentedImage[]; readonly test: readonly SegmentedImage[] } {
  const options = { seed, site: 'west', trainPairs: 40, testPairs: 200 };
  const pairs = phantomPairs(severityPhantom, options);
  const ill = severityCases(options).flatMap(
    ({ grade, lesion, split }, i) => (grade > 0 ? [{ image: pairs[i]!.image, mask: lesion, split }] : []), // of the same cases
  );
  return {
    train: ill.filter(({ split }) => split === 'train').slice(0, masks),
    test: ill.filter(({ split }) => split === 'test').slice(0, 100),
  };
}

/** The encoder after all steps on the images of all hospitals. */
async function trainedEncoder({ method, config }: Arm): Promise<Readonly<Record<string, Float32Array>>> {
  const { rounds } = demonstrations['semise']!; // it is there, beside every method
  const pairs = ['north', 'south', 'west'].flatMap((site) =>
    phantomPairs(severityPhantom, { seed: seed + 1, site, testPairs: 0 }),
  );
  const session = await openSession({ method, config, rounds, data: { pairs }, engine: 'onnx', seed });
  try {
    const { weights } = await session.trainAlone(() => undefined);
    return splitWeights(sharedOf(semise(config).parameters), weights);
  } finally {
    await session.dispose();
  }
}
