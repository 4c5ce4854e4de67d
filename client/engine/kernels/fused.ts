/**
 * Kernels that TensorFlow.js does not have: `client/engine/nn` calls them while it is traced, and computes the same with
 * plain operations otherwise.
 *
 * @module
 */
import type { Emitter, Term } from '../onnx/emitter.ts';
import type { TensorSpec } from '../types.ts';
import { row, rows } from './row.ts';
import type { KernelRow } from './row.ts';

/** The names under which `client/engine/nn` asks for them. */
export const fusedKernel = {
  layerNorm: 'ConsiliumLayerNorm',
  standardise: 'ConsiliumStandardise',
  gelu: 'ConsiliumGelu',
} as const;

const statistics = (x: TensorSpec): TensorSpec => ({ shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' });

export const fusedRows: Readonly<Record<string, KernelRow>> = {
  /** Along the last axis: the normalised, scaled and shifted x, its mean and 1 / standard deviation. */
  [fusedKernel.layerNorm]: rows<'x' | 'scale' | 'offset', { readonly eps: number }>(
    ({ x }) => [{ shape: x.shape, dtype: 'float32' }, statistics(x), statistics(x)],
    (e, { inputs: { x, scale, offset }, attrs: { eps }, outputs }) => {
      const names = [x, scale, offset].map((term) => e.full(term));
      const made = e.ops('LayerNormalization', names, 3, { axis: -1, epsilon: { float: eps } });
      return made.map((name, i) => e.term(name, outputs[i]!.shape));
    },
  ),
  /** Along the last axis: x less its mean, divided by its standard deviation, and 1 / standard deviation. */
  [fusedKernel.standardise]: rows<'x', { readonly eps: number }>(
    ({ x }) => [{ shape: x.shape, dtype: 'float32' }, statistics(x)],
    (e, { inputs: { x }, attrs: { eps }, outputs }) => {
      const names = [e.full(x), e.full(e.fill(1, x.shape.slice(-1)))];
      const [y, , invStd] = e.ops('LayerNormalization', names, 3, { axis: -1, epsilon: { float: eps } });
      return [e.term(y!, outputs[0]!.shape), e.term(invStd!, outputs[1]!.shape)];
    },
  ),
  /** GELU of x + bias by its tanh approximation. */
  [fusedKernel.gelu]: row<'x' | 'bias', object>(
    ({ x }) => ({ shape: x.shape, dtype: 'float32' }),
    (e, { inputs: { x, bias } }) => (e.standard ? gelu(e, e.map('Add', [x, bias])) : e.map('FastGelu', [x, bias])),
  ),
};

/** u sigmoid(2 sqrt(2/pi) (u + 0.044715 u^3)), the same by operators of ONNX. */
function gelu(e: Emitter, u: Term): Term {
  const slope = 2 * Math.sqrt(2 / Math.PI);
  const steepness = e.map('Add', [e.map('Mul', [e.map('Mul', [u, u]), e.fill(slope * 0.044715)]), e.fill(slope)]);
  return e.map('Mul', [u, e.map('Sigmoid', [e.map('Mul', [u, steepness])])]);
}
