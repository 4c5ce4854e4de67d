/** What a tile of the phantom shows. @module */
import type { Random } from '../../random.ts';
import { gradeIndex, scores } from './classes.ts';
import type { Stroma, Tissue } from './types.ts';

const stromata: readonly Stroma[] = ['loose', 'dense', 'mucinous'];

/** Scores by how frequent their grade is (`weights`, in the order of `tileClasses`), and everything else at random. */
export function drawTissue(weights: readonly number[], random: Random): Tissue {
  const [tubules, nuclei, necrosis] = drawScores(weights, random);
  return {
    tubules,
    nuclei,
    necrosis,
    stroma: stromata[random.integer(stromata.length)]!,
    lymphocytes: random.uniform() < 0.4,
  };
}

const combinations = scores.flatMap((tubules) =>
  scores.flatMap((nuclei) => scores.map((necrosis) => [tubules, nuclei, necrosis] as const)),
);

/** One of the 27 combinations; within a grade all are equally frequent. */
function drawScores(weights: readonly number[], random: Random): (typeof combinations)[number] {
  const of = combinations.map(([tubules, nuclei, necrosis]) => {
    const grade = gradeIndex({ tubules, nuclei, necrosis });
    return weights[grade]! / combinationsOf[grade]!;
  });
  let left = random.uniform() * of.reduce((sum, each) => sum + each, 0);
  const found = of.findIndex((each) => (left -= each) < 0);
  return combinations.at(found)!; // the last one where rounding left something
}

const combinationsOf = [0, 1, 2].map(
  (grade) =>
    combinations.filter(([tubules, nuclei, necrosis]) => gradeIndex({ tubules, nuclei, necrosis }) === grade).length,
);
