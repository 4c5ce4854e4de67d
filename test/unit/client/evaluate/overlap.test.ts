import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { hausdorff95, type Mask } from '#client/evaluate/hausdorff';
import { overlapCounts, overlapOf } from '#client/evaluate/overlap';

const shape = [5, 7, 6] as const;

function blob(seed: number): Mask {
  const random = randomFor(seed, 'blob');
  return { shape, cells: Array.from({ length: 5 * 7 * 6 }, () => Number(random.uniform() < 0.15)) };
}

const placeOf = (cell: number): readonly [number, number, number] => [Math.floor(cell / 42), Math.floor(cell / 6) % 7, cell % 6]; // prettier-ignore

/** The definition, every surface cell against every other. */
function byDefinition(a: Mask, b: Mask, spacing: readonly number[]): number {
  const at = (mask: Mask, [x, y, z]: readonly [number, number, number]): boolean =>
    x >= 0 && x < 5 && y >= 0 && y < 7 && z >= 0 && z < 6 && mask.cells[x * 42 + y * 6 + z] === 1;
  const surface = (mask: Mask): readonly (readonly [number, number, number])[] =>
    Array.from({ length: mask.cells.length }, (_, cell) => placeOf(cell)).filter(
      ([x, y, z]) =>
        at(mask, [x, y, z]) &&
        !(
          at(mask, [x - 1, y, z]) &&
          at(mask, [x + 1, y, z]) &&
          at(mask, [x, y - 1, z]) &&
          at(mask, [x, y + 1, z]) &&
          at(mask, [x, y, z - 1]) &&
          at(mask, [x, y, z + 1])
        ),
    );
  const directed = (from: Mask, to: Mask): number => {
    const others = surface(to);
    const nearest = surface(from)
      .map((p) => Math.min(...others.map((q) => Math.hypot(...p.map((x, axis) => (x - q[axis]!) * spacing[axis]!)))))
      .sort((x, y) => x - y);
    const position = 0.95 * (nearest.length - 1);
    const below = Math.floor(position);
    const above = nearest[Math.min(below + 1, nearest.length - 1)]!;
    return nearest[below]! + (position - below) * (above - nearest[below]!);
  };
  return Math.max(directed(a, b), directed(b, a));
}

describe('segmentation', () => {
  it('measures the outlines of volumes as the definition does, in millimetres', () => {
    for (const seed of [1, 2, 3]) {
      const [a, b] = [blob(seed), blob(seed + 10)];
      for (const spacing of [
        [1, 1, 1],
        [3, 0.5, 1.25],
      ]) {
        const [got, want] = [hausdorff95(a, b, spacing)!, byDefinition(a, b, spacing)];
        assert(Math.abs(got - want) < 1e-9, `${got} instead of ${want}`);
      }
    }
  });

  it('has no outline distance to nothing, and none to itself', () => {
    const nothing: Mask = { shape, cells: new Uint8Array(5 * 7 * 6) };
    assert.equal(hausdorff95(blob(1), nothing, [1, 1, 1]), null);
    assert.equal(hausdorff95(blob(1), blob(1), [1, 1, 1]), 0);
  });

  it('adds up cells of several images before it divides', () => {
    const parts = [overlapCounts([1, 1, 0], [1, 0, 0], 2), overlapCounts([0, 0, 1], [1, 0, 1], 2)];
    const both = (pick: (part: (typeof parts)[number]) => ArrayLike<number>): readonly number[] =>
      [0, 1].map((c) => pick(parts[0]!)[c]! + pick(parts[1]!)[c]!);
    const { dice } = overlapOf({
      actual: both(({ actual }) => actual),
      predicted: both(({ predicted }) => predicted),
      both: both((part) => part.both),
    });
    assert.deepEqual(dice, overlapOf(overlapCounts([1, 1, 0, 0, 0, 1], [1, 0, 0, 1, 0, 1], 2)).dice);
  });
});
