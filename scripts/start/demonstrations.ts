/** What `npm start` shows of each method: which phantom, how many rounds, which configuration. */
import type { Defaults } from '#client/methods/config';
import { clipItRounds, clipItSection, prepareTileFiles } from './clip-it-files.ts';

export interface Demonstration {
  readonly phantom: string;
  readonly rounds: number;
  /** The plan's section for the method, without the seed. */
  readonly config: Defaults;
  /** The section for `--data`, whose reports are longer and use other words; default `realReports`. */
  readonly real?: Defaults;
  /** Below these something is wrong: the federated headline figure over the mean alone, and over all data in one place. */
  readonly least?: { readonly ofAlone: number; readonly ofCentralised: number };
  /** Makes the files that the section names; `phantom` is the folder of the phantom with its public files. */
  readonly prepare?: (phantom: string, files: string, seed: number) => Promise<Defaults>;
}

/** Reports of real hospitals are longer than the phantom's and use other words. */
export const realReports: Defaults = { text: { vocabulary: 'radiology-en-1', length: 96 } };

export const demonstrations: Readonly<Record<string, Demonstration>> = {
  clip: {
    phantom: 'radiograph',
    rounds: 25,
    config: {},
    // A single seed's ratios err by 0.1 either way.
    least: { ofAlone: 1, ofCentralised: 0.75 },
  },
  selip: {
    phantom: 'head',
    rounds: 25,
    config: {},
    real: { ...realReports, image: { size: 64, patch: 8 }, selip: { codeBook: 'chest-en-1' } },
  },
  brgsa: {
    phantom: 'chest',
    rounds: 25,
    config: {},
    real: { ...realReports, image: { size: 64, patch: 8 } },
  },
  'clip-it': {
    phantom: 'tiles',
    rounds: clipItRounds,
    config: clipItSection(),
    prepare: (_phantom, files, seed) => prepareTileFiles(files, seed),
  },
  mcr: {
    phantom: 'wide',
    rounds: 25,
    // Masks are the augmentation: with shifts and noise beside them the same number of steps learns less.
    config: {
      image: { blocks: 1 },
      training: { localSteps: 20, learningRate: 4e-3, gradientNorm: 5 },
      augmentation: { shift: 0, contrast: 0, brightness: 0, noise: 0 },
    },
  },
  semise: {
    phantom: 'severity',
    rounds: 30,
    config: {
      training: { batchSize: 24, localSteps: 8 },
      semise: { alpha: 0.1, discriminationShare: 0.1 },
    },
  },
  siglip: { phantom: 'radiograph', rounds: 25, config: {} },
};
