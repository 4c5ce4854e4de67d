/** Curves that a page draws of an evaluation. @module */
import type { CalibrationBins } from './calibration.ts';
import { scoreGroups } from './classification.ts';
import type { Curve, CurveLine } from './types.ts';

const mostRanks = 20;

/** The share of queries whose partner is among the first k, and that of a random order of galleries of these sizes. */
export function recallCurve(
  ranks: Readonly<Record<string, readonly number[]>>,
  gallerySizes: readonly number[],
): Curve {
  const queries = gallerySizes.reduce((sum, size) => sum + size, 0);
  const ks = Array.from({ length: Math.min(mostRanks, Math.max(...gallerySizes)) }, (_, i) => i + 1);
  const line = (name: string, at: (k: number) => number): CurveLine => ({ name, points: ks.map((k) => [k, at(k)]) });
  return {
    title: 'Recall among the first k',
    x: 'k',
    y: 'share of queries',
    lines: [
      ...Object.entries(ranks).map(([name, own]) =>
        line(name, (k) => own.filter((rank) => rank <= k).length / own.length),
      ),
      line('chance', (k) => gallerySizes.reduce((sum, size) => sum + Math.min(k, size), 0) / queries),
    ],
  };
}

/** Labels (1 or 0) and scores of one question. */
export interface Scored {
  readonly name: string;
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

/** True against false positives over all thresholds, of each question that has both kinds of examples. */
export function rocCurve(questions: readonly Scored[]): Curve {
  const lines = questions.flatMap(({ name, labels, scores }): CurveLine[] => {
    const positives = labels.filter((label) => label === 1).length;
    const negatives = labels.length - positives;
    if (positives === 0 || negatives === 0) return [];
    const points: [number, number][] = [[0, 0]];
    let [hits, alarms] = [0, 0];
    for (const group of scoreGroups(labels, scores)) {
      hits += group.positives;
      alarms += group.negatives;
      points.push([alarms / negatives, hits / positives]);
    }
    return [{ name, points }];
  });
  return { title: 'ROC', x: 'false positives', y: 'true positives', lines: [...lines, diagonal('chance')] };
}

/** How often each confidence is right. */
export function calibrationCurve({ counts, confidence, right }: CalibrationBins): Curve {
  const points = Array.from(counts).flatMap((count, m): [number, number][] =>
    count === 0 ? [] : [[confidence[m]! / count, right[m]! / count]],
  );
  const lines = [{ name: 'model', points }, diagonal('means what it says')];
  return { title: 'Calibration', x: 'confidence', y: 'share right', lines };
}

function diagonal(name: string): CurveLine {
  return { name, points: [[0, 0], [1, 1]] }; // prettier-ignore
}
