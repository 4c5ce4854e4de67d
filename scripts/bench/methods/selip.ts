/** SeLIP on phantom head MRI, beside plain CLIP and beside itself without the soft term; with `--real`, chest radiographs. */
import { headPhantom } from '#client/data/phantom/head/generate';
import type { Defaults } from '#client/methods/config';
import { selipMeasures } from '#client/methods/selip/selip-report';
import { demonstrations } from '../../start/demonstrations.ts';
import type { Figure } from '../types.ts';
import { armFigure, bySeed, difference, wins } from './figures.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const own: Arm = { name: 'SeLIP', method: 'selip', config: {} };

/** The same encoders on the same lines and batches. */
const softOff: Arm = { name: 'soft term off', method: 'selip', config: { selip: { klWeight: 0 } } };

/** What CLIP trains: whole reports, any batch, a trained scale, one learning rate; measured as SeLIP is. */
const clip: Arm = {
  name: 'CLIP',
  method: 'selip',
  config: {
    text: { length: 72 },
    selip: { klWeight: 0, texts: 'reports', distinctTexts: false, scale: 10, trainedScale: true, textRate: 1 },
  },
};

/** The same in two dimensions, with the code book of the chest. */
function onChests({ name, method }: Arm, selip: Defaults): Arm {
  const { real } = demonstrations['selip']!; // it is there, beside every method
  return { name, method, config: { ...real, selip: { codeBook: 'chest-en-1', ...selip } } };
}

const paths = { ndcg: 'ndcgAt10', relevance: 'relevanceAt5', exact: 'exactText.recallAt5' } as const;

export const selipBench: MethodBench = {
  method: 'selip',
  phantom: headPhantom,
  rounds: demonstrations['selip']!.rounds, // it is there, beside every method
  headline: selipMeasures[0]!, // nDCG@10
  own,
  controls: [clip, softOff],
  claims: (seeds) => [...claimsAgainst(clip, seeds), ...claimsAgainst(softOff, seeds), ...plain(seeds)],
  real: {
    rounds: demonstrations['selip']!.rounds, // likewise
    arms: [onChests(own, {}), onChests(softOff, { klWeight: 0 })],
    measures: selipMeasures.slice(0, 3),
    sites: 3,
  },
};

function claimsAgainst({ name }: Arm, seeds: readonly SeedResult[]): readonly Figure[] {
  const of = (arm: string, path: string): readonly number[] => bySeed(seeds, arm, path);
  const claimed = name === clip.name ? 4 : 0; // of 5 seeds; the paper's control is CLIP
  return [
    wins(`nDCG@10 above ${name}`, of(own.name, paths.ndcg), of(name, paths.ndcg), 'higher', claimed),
    difference(`nDCG@10 minus ${name}`, of(own.name, paths.ndcg), of(name, paths.ndcg), null),
    wins(`relevance of the top 5 above ${name}`, of(own.name, paths.relevance), of(name, paths.relevance), 'higher', claimed), // prettier-ignore
    difference(`relevance of the top 5 minus ${name}`, of(own.name, paths.relevance), of(name, paths.relevance), null),
    difference(`exact-text recall@5 minus ${name}`, of(own.name, paths.exact), of(name, paths.exact), -0.04),
  ];
}

/** The figures themselves, arm by arm. */
function plain(seeds: readonly SeedResult[]): readonly Figure[] {
  return [own, clip, softOff].flatMap(({ name }) =>
    Object.values(paths).map((path) => armFigure(`${name}, ${path}`, bySeed(seeds, name, path), 'higher')),
  );
}
