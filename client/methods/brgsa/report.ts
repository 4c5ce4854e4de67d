/** How good a model is: zero-shot areas under the ROC curve, retrieval, and how far images and texts lie apart. @module */
import type { Pair } from '#client/data/types';
import { modalityGap } from '#client/evaluate/modality-gap';
import { rocCurve } from '#client/evaluate/curves';
import type { Curve, Figures, MethodReport } from '#client/evaluate/types';
import { outputNamed } from '../outputs.ts';
import { retrievalMeasures, retrievalOf } from '../retrieval.ts';
import type { Measure, Model, Outputs, ReportWorld } from '../types.ts';
import type { BrgsaConfig } from './config.ts';
import { positivePrompt } from './sentences.ts';
import { zeroShotFigures } from './zero-shot-figures.ts';
import { zeroShotScoresOf } from './zero-shot.ts';

/** The mean over all findings that the pairs define first; then the common, the rare, the gap and recall. */
export const brgsaMeasures: readonly Measure[] = [
  measure('zeroShot.all', 'zero-shot AUC, all findings', 'higher'),
  measure('zeroShot.common', 'zero-shot AUC, common findings', 'higher'),
  measure('zeroShot.rare', 'zero-shot AUC, rare findings', 'higher'),
  measure('gap.distance', 'modality gap', 'lower'),
  measure('gap.alignment', 'cosine of pairs less that of others', 'higher'),
  ...retrievalMeasures,
];

function measure(path: string, title: string, better: Measure['better']): Measure {
  return { path, title, better, scale: 1 };
}

/** The report of these pairs. @throws UsageError (noUsableRows) without pairs */
export async function brgsaReport(
  { brgsa }: BrgsaConfig,
  model: Model,
  pairs: readonly Pair[],
  { random }: Pick<ReportWorld, 'random'>,
): Promise<MethodReport> {
  const { figures, chance, pairCount, details } = await retrievalOf(model, pairs, { random });
  const { common, rare } = brgsa.findings;
  const scores = await zeroShotScoresOf(model, pairs, [...common, ...rare].map(positivePrompt), brgsa.score);
  const zeroShot = zeroShotFigures({ common, rare }, pairs, scores, random);
  const images = await model.images(pairs);
  const texts = await model.texts(pairs.map(({ report }) => report));
  return {
    figures: {
      zeroShot: zeroShot.figures,
      gap: gapOf(images, texts, 'embedding'),
      ...readGap(images, texts),
      ...figures,
    },
    chance: { zeroShot: zeroShot.chance, ...chance },
    pairCount,
    details: { ...details, curves: [...(details?.curves ?? []), rocOf([...common, ...rare], pairs, scores)] },
  };
}

/** Of each finding; labels are compared without regard to case. */
function rocOf(names: readonly string[], pairs: readonly Pair[], scores: readonly (readonly number[])[]): Curve {
  const labelled = pairs.map(({ labels }) => new Set(labels.map((label) => label.toLowerCase())));
  return rocCurve(
    names.map((name, c) => ({
      name,
      labels: labelled.map((labels) => Number(labels.has(name.toLowerCase()))),
      scores: scores.map((row) => row[c]!), // a score for each class
    })),
  );
}

/** Of v and t, or of v̂ and t̂. */
function gapOf(images: Outputs, texts: Outputs, name: string): Figures {
  const { gap, alignment } = modalityGap({ images: outputNamed(images, name), texts: outputNamed(texts, name) });
  return { distance: gap, alignment };
}

function readGap(images: Outputs, texts: Outputs): Figures {
  return 'read' in images ? { readGap: gapOf(images, texts, 'read') } : {};
}
