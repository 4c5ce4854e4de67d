/**
 * Sums that matrix products take with them: `Gemm` adds its third input as it writes the product, which is a pass over
 * memory less than an `Add` after it.
 *
 * @module
 */
import { sameShape } from '../shapes.ts';
import type { NodeRecord } from './in-cache.ts';

/** The nodes with every `Add` to a product that nobody else reads inside that product. `results` are read from outside. */
export function addInProduct(nodes: readonly NodeRecord[], results: ReadonlySet<string>): NodeRecord[] {
  const reads = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const products = new Map<string, NodeRecord>();
  const gone = new Set<NodeRecord>();
  const made = nodes.map((one) => {
    const [a, b] = one.inputs;
    const product = [a, b].map((name) => products.get(name ?? '')).find((each) => each !== undefined);
    if (one.type === 'Add' && product !== undefined && fits(one)) {
      gone.add(product);
      const added = product.outputs[0] === a ? b! : a!; // an Add has two
      return { ...product, inputs: [...product.inputs, added], outputs: one.outputs };
    }
    const [name] = one.outputs;
    if (one.type === 'Gemm' && one.inputs.length === 2 && reads.get(name!) === 1 && !results.has(name!)) products.set(name!, one); // prettier-ignore
    return one;
  });
  return made.filter((one) => !gone.has(one));
}

/** Whether one of the two is a matrix of the sum's shape and the other that or a row of it. */
function fits({ rowwise }: NodeRecord): boolean {
  const { shape } = rowwise?.output ?? { shape: [] };
  if (shape.length !== 2 || rowwise === undefined) return false;
  return rowwise.inputs.every((input) => sameShape(input.shape, shape) || sameShape(input.shape, shape.slice(1)));
}
