/** Gradients of a loss against central finite differences of its value, on the reference engine. @module */
import type { HostValues } from '#client/engine/types';
import { lossOutputs, withLoss, type LossCase } from './loss-program.ts';

/** Half the distance between two evaluations; halved once more for Richardson's extrapolation. */
const step = 2e-2;

type Run = (inputs: LossCase['inputs']) => Promise<HostValues>;

/**
 * The largest difference of a gradient of `by` from finite differences, relative to the largest number in it or to 1.
 * Values are float32, so that about 1e-3 is agreement.
 */
export async function gradientError(given: LossCase): Promise<number> {
  const { inputs, parts, by = [] } = given;
  const gradients = await lossOutputs(given, 'reference');
  return withLoss({ inputs, parts }, 'reference', async (run) => {
    let largest = 0;
    for (const name of by) {
      const gradient = gradients[`gradient.${name}`]!; // asked for
      const size = Math.max(1, ...Array.from(gradient, Math.abs));
      for (let i = 0; i < gradient.length; i++) {
        const slope = (h: number): Promise<number> => slopeAt(run, inputs, name, i, h);
        const [wide, narrow] = [await slope(step), await slope(step / 2)];
        largest = Math.max(largest, Math.abs(gradient[i]! - (4 * narrow - wide) / 3) / size);
      }
    }
    return largest;
  });
}

async function slopeAt(run: Run, inputs: LossCase['inputs'], name: string, i: number, h: number): Promise<number> {
  const at = async (shift: number): Promise<number> => {
    const { shape, values } = inputs[name]!; // named by the case
    const moved = values.slice();
    moved[i]! += shift;
    const outputs = await run({ ...inputs, [name]: { shape, values: moved } });
    return (outputs['total'] ?? outputs['loss']!)[0]!; // one of them by contract
  };
  return ((await at(h)) - (await at(-h))) / (2 * h);
}
