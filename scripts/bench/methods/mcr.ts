/**
 * MCR against an unmasked contrast with a masked pass beside it, at equal steps and at equal time, and against pooling
 * before mapping. Once: what a step takes of time and memory, and a sweep of mask ratios on all data in one place.
 */
import { meanOf } from '#client/evaluate/mean';
import { widePhantom } from '#client/data/phantom/wide/generate';
import { phantomSiteNames } from '#client/data/phantom/sites';
import type { Defaults } from '#client/methods/config';
import { retrievalMeasures } from '#client/methods/retrieval';
import { demonstrations, realReports } from '../../start/demonstrations.ts';
import { pooledColumn } from '../columns.ts';
import type { Figure } from '../types.ts';
import { armFigure, bySeed, difference, overHospitals } from './figures.ts';
import { imageMasks, maskedBy, memoryFigures, type StepTimes, timeFigures } from './mcr-cost.ts';
import { recallInterval } from './real-data.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const { config: section, rounds } = demonstrations['mcr']!; // of this list

/** The section with something else in it, group by group. */
function withSection(own: Defaults, training: Defaults = {}): Defaults {
  return { ...section, training: { ...(section['training'] as Defaults), ...training }, mcr: own }; // a group
}

const own: Arm = { name: 'mcr', method: 'mcr', config: section };
const dual: Arm = { name: 'dual', method: 'mcr', config: withSection({ input: 'dual' }) };
/** As long as 20 steps of MCR, if one takes 0.6 of the control's. */
const dualAsLong: Arm = {
  name: 'dual, as long',
  method: 'mcr',
  config: withSection({ input: 'dual' }, { localSteps: 12 }),
};
const poolFirst: Arm = { name: 'pool first', method: 'mcr', config: withSection({ pooling: 'poolFirst' }) };

const headline = retrievalMeasures[0]!; // recall@5, image to report

export const mcrBench: MethodBench = {
  method: 'mcr',
  phantom: widePhantom,
  rounds,
  headline,
  own,
  controls: [dual, dualAsLong, poolFirst],
  claims,
  extra: once,
  real: {
    rounds,
    arms: [own, dual].map((arm) => ({ ...arm, config: { ...arm.config, ...realReports } })),
    measures: retrievalMeasures.filter(({ path }) => path.endsWith('At5')),
    sites: 3,
    interval: recallInterval,
  },
};

function claims(seeds: readonly SeedResult[]): readonly Figure[] {
  const at = (arm: Arm): readonly number[] => bySeed(seeds, arm.name, headline.path);
  const recall = (arm: Arm): Figure => armFigure(`recall@5, ${arm.name}`, at(arm), 'higher');
  return [
    ...[own, dual, dualAsLong, poolFirst].map(recall),
    difference('mapping before aggregation minus pooling before mapping, recall@5', at(own), at(poolFirst), 0.05),
    ratio('recall@5 over the unmasked contrast, equal steps', at(own), at(dual), null),
    ratio('recall@5 over the unmasked contrast, 20 steps for 12 of its', at(own), at(dualAsLong), 0.8),
  ];
}

/** Of means over seeds. */
function ratio(name: string, value: readonly number[], control: readonly number[], reach: number | null): Figure {
  const reference = { name: 'control', value: meanOf(control), measured: 'this run' };
  return { name, value: meanOf(value) / meanOf(control), unit: 'x', better: 'higher', reach, reference };
}

/** Time, memory, and recall by mask ratio. */
async function once(): Promise<readonly Figure[]> {
  const { figures, times } = await timeFigures(section);
  return [...figures, ...memoryFigures(section), ...(await sweep(times))];
}

/** The share of an image that MCR masks. */
const usualMask = 0.5;

/** Recall by mask ratio at equal steps and at equal time: one seed, all data in one place. */
async function sweep(times: StepTimes): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const { localSteps } = section['training'] as { readonly localSteps: number }; // as the demonstration has it
  const timeOf = (imageMask: number): number => times.get(imageMask)!; // all were measured
  for (const imageMask of imageMasks) {
    const asLong = Math.round((localSteps * timeOf(usualMask)) / timeOf(imageMask));
    figures.push(await sweepFigure(imageMask, localSteps, 'equal steps'));
    figures.push(await sweepFigure(imageMask, asLong, 'equal time'));
  }
  return figures;
}

async function sweepFigure(imageMask: number, localSteps: number, what: string): Promise<Figure> {
  const config = { ...withSection(maskedBy(imageMask), { localSteps }), seed: 1 };
  const options = { method: 'mcr', config, phantom: widePhantom, seed: 1, rounds, sites: phantomSiteNames(3) };
  const value = overHospitals(await pooledColumn(options), headline.path);
  const name = `recall@5, ${100 * imageMask} % of the image masked, ${what} (${rounds * localSteps}), all in one place`;
  return { name, value, unit: '', better: 'higher', reach: null, reference: null };
}
