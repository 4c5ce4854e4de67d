/** Whether the compiled engine and the reference give one value and one gradient. @module */
import { lossOutputs, type LossCase } from './loss-program.ts';

/** The largest difference of any part or gradient, relative to the largest number in it or to 1. */
export async function engineDifference(given: LossCase): Promise<number> {
  const [reference, compiled] = [await lossOutputs(given, 'reference'), await lossOutputs(given, 'onnx')];
  let largest = 0;
  for (const [name, wanted] of Object.entries(reference)) {
    const got = compiled[name]!; // the same program
    const size = Math.max(1, ...Array.from(wanted, Math.abs));
    wanted.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - got[i]!) / size)));
  }
  return largest;
}
