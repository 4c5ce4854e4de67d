import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { rollout } from '#client/use/rollout';

type Matrix = readonly (readonly number[])[];

/** Attention of `blocks` blocks over `T` tokens. */
function drawnBlocks(blocks: number, T: number): readonly Matrix[] {
  const random = randomFor(3, 'rollout');
  const row = (): readonly number[] => {
    const shares = Array.from({ length: T }, () => Math.exp(2 * random.normal()));
    const sum = shares.reduce((a, b) => a + b, 0);
    return shares.map((share) => share / sum);
  };
  return Array.from({ length: blocks }, () => Array.from({ length: T }, row));
}

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, t) => sum + value * b[t]![j]!, 0)));

describe('attention rollout', () => {
  it('is the product of the blocks, the last in front, each half itself', () => {
    const blocks = drawnBlocks(3, 5);
    const halves = blocks.map((A) => A.map((row, i) => row.map((share, j) => share / 2 + (i === j ? 0.5 : 0))));
    const expected = product(halves[2]!, product(halves[1]!, halves[0]!)).flat();
    const flow = rollout(Float32Array.from(blocks.flat(2)), 5);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - flow[i]!)));
    assert(worst < 1e-6, `differ by ${worst}`);
    const turned = product(halves[0]!, product(halves[1]!, halves[2]!)).flat();
    assert(Math.max(...turned.map((value, i) => Math.abs(value - flow[i]!))) > 1e-3);
  });

  it('has rows that sum to 1', () => {
    const flow = rollout(Float32Array.from(drawnBlocks(6, 7).flat(2)), 7);
    for (let i = 0; i < 7; i++) {
      const sum = flow.subarray(7 * i, 7 * i + 7).reduce((a, b) => a + b, 0);
      assert(Math.abs(sum - 1) < 1e-6);
    }
  });

  it('is known where every token attends to all alike', () => {
    const flow = rollout(new Float32Array(2 * 16).fill(1 / 4), 4);
    flow.forEach((value, at) => {
      assert(Math.abs(value - (0.75 / 4 + (at % 5 === 0 ? 0.25 : 0))) < 1e-12);
    });
  });
});
