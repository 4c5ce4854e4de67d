import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { calibrationBins, calibrationError } from '#client/evaluate/calibration';
import { auc } from '#client/evaluate/classification';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { calibrationTally, confusionTally, meanTally, overlapTally, recallTally } from '#client/evaluate/count-tallies';
import { aucTally, severityTally } from '#client/evaluate/histogram-tallies';
import { modalityGap, modalityGapTally } from '#client/evaluate/modality-gap';
import { overlapCounts, overlapOf } from '#client/evaluate/overlap';
import { recall } from '#client/evaluate/retrieval';
import { spearman } from '#client/evaluate/severity';
import { sumOfCounts, type Tally } from '#client/evaluate/tally';

const random = randomFor(7, 'tallies');
const siteSizes = [40, 25, 0, 31]; // one site has nothing
const near = (got: number | null, want: number | null): void => {
  assert(got !== null && want !== null && Math.abs(got - want) < 1e-9, `${got} instead of ${want}`);
};

/** The figure of sites that only add numbers up. */
function federated<Input, Figure>(tally: Tally<Input, Figure>, sites: readonly Input[]): Figure {
  const parts = sites.map((site) => tally.count(site));
  for (const part of parts) assert.equal(part.length, tally.length);
  return tally.read(sumOfCounts(parts));
}

describe('federated evaluation', () => {
  const labels = siteSizes.map((size) => Array.from({ length: size }, () => random.integer(2)));
  const scores = labels.map((site) => site.map((label) => 0.3 * random.normal() + 0.2 * label));
  const grades = siteSizes.map((size) => Array.from({ length: size }, () => random.integer(5)));
  const guesses = grades.map((site) => site.map((grade) => (random.uniform() < 0.6 ? grade : random.integer(5))));
  const scored = labels.map((site, i) => ({ labels: site, scores: scores[i]! }));
  const classified = grades.map((actual, i) => ({ actual, predicted: guesses[i]! }));

  it('gives the confusion figures of the pooled examples', () => {
    const pooled = classFigures(confusionOf(grades.flat(), guesses.flat(), 5));
    assert.deepEqual(federated(confusionTally(5), classified), pooled);
  });

  it('gives the recall of all queries from counts of ranks', () => {
    const similarity = Array.from({ length: 30 }, () => Array.from({ length: 30 }, () => random.normal()));
    const pooled = recall(similarity, [1, 5, 10]).imageToText;
    const sites = [pooled.ranks.slice(0, 11), pooled.ranks.slice(11, 12), pooled.ranks.slice(12)];
    const got = federated(recallTally([1, 5, 10]), sites);
    assert.deepEqual([got.queryCount, got.recall], [30, pooled.recall]);
    near(got.meanReciprocalRank, pooled.meanReciprocalRank);
    assert.deepEqual(federated(recallTally([1]), [[]]), { queryCount: 0, recall: null, meanReciprocalRank: null });
  });

  it('gives the calibration error of the pooled examples', () => {
    const rows = scores.map((site) => site.map((score) => [1 - sigmoid(score), sigmoid(score)]));
    const sites = rows.map((probabilities, i) => ({ probabilities, labels: labels[i]! }));
    near(federated(calibrationTally(10), sites), calibrationError(calibrationBins(rows.flat(), labels.flat(), 10)));
  });

  it('gives the area under the curve of binned scores exactly, and that of the scores between its bounds', () => {
    const binning = { low: -1, high: 1, bins: 32 };
    const got = federated(aucTally(binning), scored);
    const binned = scores.flat().map((score) => Math.floor(Math.min(31.5, Math.max(0, (score + 1) * 16))));
    near(got.auc, auc(labels.flat(), binned));
    const exact = auc(labels.flat(), scores.flat())!;
    assert(got.atLeast! <= exact && exact <= got.atMost! && got.atMost! - got.atLeast! < 0.1);
    assert.equal(federated(aucTally(binning), [{ labels: [1], scores: [0] }]).auc, null);
  });

  it('names a threshold that is as near to the corner as any bound of a bin', () => {
    const binning = { low: -1, high: 1, bins: 32 };
    const { threshold } = federated(aucTally(binning), scored);
    const distance = (bound: number): number => {
      const share = (label: number): number => {
        const own = scores.flat().filter((_, i) => labels.flat()[i] === label);
        return own.filter((score) => score >= bound).length / own.length;
      };
      return Math.hypot(1 - share(1), share(0));
    };
    const bounds = Array.from({ length: 32 }, (_, b) => -1 + b / 16);
    near(distance(threshold!), Math.min(...bounds.map(distance)));
  });

  it('gives the rank correlation of severity from a table of grades and bins', () => {
    const severities = grades.map((site) => site.map((grade) => 0.2 * grade + 0.3 * random.normal()));
    const sites = grades.map((site, i) => ({ grades: site, scores: severities[i]! }));
    const binned = severities.flat().map((score) => Math.min(63, Math.max(0, Math.floor((score + 1) * 16))));
    near(federated(severityTally(5, { low: -1, high: 3, bins: 64 }), sites), spearman(grades.flat(), binned));
    assert.equal(federated(severityTally(5, { low: 0, high: 1, bins: 4 }), [{ grades: [1], scores: [0.5] }]), null);
  });

  it('gives the overlap of the cells of all images', () => {
    const cells = (): number[] => Array.from({ length: 50 }, () => random.integer(3));
    const images = Array.from({ length: 5 }, () => ({ actual: cells(), predicted: cells() }));
    const pooled = overlapCounts(
      images.flatMap(({ actual }) => actual),
      images.flatMap(({ predicted }) => predicted),
      3,
    );
    assert.deepEqual(federated(overlapTally(3), [images.slice(0, 2), [], images.slice(2)]), overlapOf(pooled));
  });

  it('gives the modality gap of the pooled embeddings', () => {
    const vector = (): number[] => Array.from({ length: 6 }, () => random.normal() + 0.5);
    const sites = [4, 0, 3].map((size) => ({
      images: Array.from({ length: size }, vector),
      texts: Array.from({ length: size }, vector),
    }));
    const pooled = modalityGap({
      images: sites.flatMap(({ images }) => images),
      texts: sites.flatMap(({ texts }) => texts),
    });
    const got = federated(modalityGapTally(6), sites);
    near(got.gap, pooled.gap);
    near(got.alignment, pooled.alignment);
  });

  it('gives the mean of a figure that each example has, without those that have none', () => {
    near(federated(meanTally, [[0.5, null, 1], [0], []]), 0.5);
    assert.equal(federated(meanTally, [[null], []]), null);
  });
});

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
