import assert from 'node:assert/strict';
import { parseMethodConfig } from '#client/methods/config';
import { learningRateAt } from '#client/train/schedule';

const { training } = parseMethodConfig({ training: { learningRate: 1, warmupSteps: 10, finalShare: 0.1 } });
const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(step, 100, training));

describe('schedule', () => {
  it('warms up in equal parts to the full rate', () => {
    assert.deepEqual(rates.slice(0, 3), [0.1, 0.2, 0.3]);
    assert.equal(rates[9], 1);
    assert.equal(rates[10], 1);
  });

  it('falls by a cosine to the final share at the last step', () => {
    assert(Math.abs(rates[99]! - 0.1) < 1e-12);
    assert(Math.abs(rates[10 + 44]! - 0.1 - 0.45 * (1 + Math.cos((Math.PI * 44) / 89))) < 1e-12);
    assert(rates.slice(10).every((rate, i) => i === 0 || rate < rates[9 + i]!));
  });

  it('falls by a power of what is left where the plan says so', () => {
    const config = { learningRate: 2, warmupSteps: 5, decay: 'polynomial', finalShare: 0 };
    const { training: polynomial } = parseMethodConfig({ training: config });
    for (const step of [5, 20, 60, 104]) {
      const expected = 2 * (1 - (step - 5) / 99) ** 0.9;
      assert(Math.abs(learningRateAt(step, 105, polynomial) - expected) < 1e-12);
    }
    const linear = parseMethodConfig({ training: { ...config, power: 1, finalShare: 0.5 } }).training;
    assert(Math.abs(learningRateAt(5 + 33, 105, linear) - 2 * (0.5 + 0.5 * (2 / 3))) < 1e-12);
    assert.throws(() => parseMethodConfig({ training: { decay: 'linear' } }), { code: 'badPlan', message: /decay/ });
  });

  it('never leaves the warm-up of a run that is shorter than it', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((step) => learningRateAt(step, 4, training)),
      [0.25, 0.5, 0.75, 1],
    );
  });
});
