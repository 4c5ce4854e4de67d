/** Plain CLIP on phantom radiographs, without a control; with `--real`, chest radiographs. */
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { retrievalMeasures } from '#client/methods/retrieval';
import { demonstrations, realReports } from '../../start/demonstrations.ts';
import { armFigure, bySeed } from './figures.ts';
import { recallInterval } from './real-data.ts';
import type { Arm, MethodBench } from './types.ts';

const { config, rounds } = demonstrations['clip']!; // of the list

const own: Arm = { name: 'CLIP', method: 'clip', config };

export const clipBench: MethodBench = {
  method: 'clip',
  phantom: radiographPhantom,
  rounds,
  headline: retrievalMeasures[0]!, // recall@5, image to report
  own,
  controls: [],
  claims: (seeds) =>
    retrievalMeasures.map(({ path, better }) => armFigure(`CLIP, ${path}`, bySeed(seeds, own.name, path), better)),
  real: {
    rounds,
    arms: [{ ...own, config: { ...config, ...realReports } }],
    measures: retrievalMeasures.filter(({ path }) => path.endsWith('At5')),
    sites: 3,
    interval: recallInterval,
  },
};
