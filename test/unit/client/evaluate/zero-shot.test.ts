import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { calibrateZeroShot, zeroShotReport, type ZeroShotScores } from '#client/evaluate/zero-shot';

/** One class that the score tells about, one that it does not, one that nobody has. */
function drawn(seed: number): ZeroShotScores {
  const random = randomFor(seed, 'zero-shot');
  const labels = Array.from({ length: 400 }, () => [random.integer(2), random.integer(2), 0]);
  return {
    labels,
    scores: labels.map(([a]) => [0.02 * random.normal() + 0.02 * a!, random.normal(), random.normal()]),
  };
}

describe('zero-shot diagnosis', () => {
  it('turns cosines into decisions and probabilities on examples that the calibration has not seen', () => {
    const { classes, auc } = zeroShotReport(drawn(2), calibrateZeroShot(drawn(1)));
    const [told, untold, missing] = classes;
    assert(told!.auc! > 0.7 && told!.f1! > 0.6 && told!.expectedCalibrationError! < 0.1);
    assert(Math.abs(untold!.auc! - 0.5) < 0.1);
    assert.deepEqual(missing, { positiveCount: 0, auc: null, f1: null, expectedCalibrationError: null });
    assert.equal(auc.macro, (told!.auc! + untold!.auc!) / 2);
  });
});
