import assert from 'node:assert/strict';
import { addInProduct } from '#client/engine/onnx/add-in-product';
import type { NodeRecord } from '#client/engine/onnx/in-cache';

const spec = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const;
const product = (output: string): NodeRecord => ({
  ...{ type: 'Gemm', domain: '', attrs: { transA: 1 } },
  inputs: ['x', 'w'],
  outputs: [output],
});
const sum = (inputs: readonly string[], output: string, other: readonly number[] = [4, 3]): NodeRecord => ({
  ...{ type: 'Add', domain: '', attrs: {} },
  inputs,
  outputs: [output],
  rowwise: { inputs: [spec([4, 3]), spec(other)], output: spec([4, 3]) },
});
const added = (nodes: readonly NodeRecord[], results: readonly string[]): (readonly [string, readonly string[]])[] =>
  addInProduct(nodes, new Set(results)).map(({ type, inputs }) => [type, inputs]);

describe('a sum after a product', () => {
  it('goes into the product, a row as well as a matrix, on either side', () => {
    assert.deepEqual(added([product('p'), sum(['p', 'row'], 'y', [3])], ['y']), [['Gemm', ['x', 'w', 'row']]]);
    assert.deepEqual(added([product('p'), sum(['c', 'p'], 'y')], ['y']), [['Gemm', ['x', 'w', 'c']]]);
  });

  it('goes into the last product when it is of two, after the first', () => {
    const nodes = [product('p'), product('q'), sum(['p', 'q'], 's'), sum(['s', 'c'], 'y')];
    const made = addInProduct(nodes, new Set(['y']));
    assert.deepEqual(made.map(({ type, outputs }) => [type, outputs]), [['Gemm', ['q']], ['Gemm', ['s']], ['Add', ['y']]]); // prettier-ignore
    assert.deepEqual(made[1]!.inputs, ['x', 'w', 'q']);
    assert.deepEqual(made[1]!.attrs, { transA: 1 });
  });

  it('stays a sum where the product is read elsewhere, or is a result', () => {
    const unchanged = [product('p'), sum(['p', 'c'], 'y'), sum(['p', 'y'], 'z')];
    assert.deepEqual(addInProduct(unchanged, new Set(['z'])), unchanged);
    assert.deepEqual(addInProduct(unchanged.slice(0, 2), new Set(['p', 'y'])), unchanged.slice(0, 2));
  });

  it('stays a sum where its other side is a column', () => {
    const unchanged = [product('p'), sum(['p', 'column'], 'y', [4, 1])];
    assert.deepEqual(addInProduct(unchanged, new Set(['y'])), unchanged);
  });
});
