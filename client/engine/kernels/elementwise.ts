/** Arithmetic, comparison and activation, element by element. @module */
import type * as tf from '@tensorflow/tfjs';
import type { Emitter, Term } from '../onnx/emitter.ts';
import { broadcast } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { row } from './row.ts';
import type { KernelRow } from './row.ts';

type X = 'x';
type AB = 'a' | 'b';

const same = ({ x }: Record<X, TensorSpec>): TensorSpec => ({ shape: x.shape, dtype: x.dtype });

function unary(op: string, dtype?: TensorSpec['dtype']): KernelRow {
  return row<X, object>(
    ({ x }) => ({ shape: x.shape, dtype: dtype ?? x.dtype }),
    (e, { inputs: { x }, out }) => e.map(op, [x], out.dtype),
  );
}

function unaryBy(emit: (e: Emitter, x: Term) => Term): KernelRow {
  return row<X, object>(same, (e, { inputs: { x } }) => emit(e, x));
}

function binary(emit: (e: Emitter, a: Term, b: Term) => Term, dtype?: TensorSpec['dtype']): KernelRow {
  return row<AB, object>(
    ({ a, b }) => ({ shape: broadcast(a.shape, b.shape), dtype: dtype ?? a.dtype }),
    (e, { inputs: { a, b }, out }) => e.spread(emit(e, a, b), out.shape),
  );
}

const compare = (op: string): KernelRow => binary((e, a, b) => e.map(op, [a, b], 'bool'), 'bool');

/** floor(a / b). ONNX divides integers towards zero; `Mod` has the divisor's sign, so a - mod divides exactly. */
function floorDiv(e: Emitter, a: Term, b: Term): Term {
  if (a.dtype === 'float32') return e.map('Floor', [e.map('Div', [a, b])]);
  return e.map('Div', [e.map('Sub', [a, e.map('Mod', [a, b])]), b]);
}

/** The remainder with the divisor's sign. ONNX has it for integers alone; for floats `fmod` keeps the dividend's. */
function mod(e: Emitter, a: Term, b: Term): Term {
  if (a.dtype !== 'float32') return e.map('Mod', [a, b]);
  const fmod = (x: Term): Term => e.map('Mod', [x, b], 'float32', { fmod: 1 });
  return fmod(e.map('Add', [fmod(a), b]));
}

const add = binary((e, a, b) => (b.uniform === 0 ? a : a.uniform === 0 ? b : e.map('Add', [a, b])));
const sub = binary((e, a, b) => (b.uniform === 0 ? a : e.map('Sub', [a, b])));
const mul = binary((e, a, b) => (b.uniform === 1 ? a : a.uniform === 1 ? b : e.map('Mul', [a, b])));
/** A division by a fixed number is a multiplication: several times faster, one rounding more. */
const div = binary((e, a, b) => {
  if (b.uniform === 1) return a;
  if (b.uniform === undefined || b.uniform === 0 || a.dtype !== 'float32') return e.map('Div', [a, b]);
  return e.map('Mul', [a, e.fill(1 / b.uniform)]);
});

const unaries = Object.fromEntries(
  ['Acos', 'Acosh', 'Abs', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Floor', 'Log']
    .concat([
      'Neg',
      'Reciprocal',
      'Relu',
      'Round',
      'Selu',
      'Sigmoid',
      'Sign',
      'Sin',
      'Sinh',
      'Softplus',
      'Sqrt',
      'Tan',
      'Tanh',
    ])
    .map((op) => [op, unary(op)]),
);

export const elementwise: Readonly<Record<string, KernelRow>> = {
  ...unaries,
  LogicalNot: unary('Not', 'bool'),
  IsNan: unary('IsNaN', 'bool'),
  IsInf: unary('IsInf', 'bool'),
  Square: unaryBy((e, x) => e.map('Mul', [x, x])),
  Rsqrt: unaryBy((e, x) => e.map('Reciprocal', [e.map('Sqrt', [x])])),
  Log1p: unaryBy((e, x) => e.map('Log', [e.map('Add', [x, e.fill(1)])])),
  Expm1: unaryBy((e, x) => e.map('Sub', [e.map('Exp', [x]), e.fill(1)])),
  LeakyRelu: row<X, tf.LeakyReluAttrs>(same, (e, { inputs: { x }, attrs: { alpha } }) =>
    e.map('LeakyRelu', [x], 'float32', { alpha: { float: alpha } }),
  ),
  Relu6: unaryBy((e, x) => e.map('Clip', [x, e.fill(0), e.fill(6)])),
  ClipByValue: row<X, tf.ClipByValueAttrs>(same, (e, { inputs: { x }, attrs: { clipValueMin, clipValueMax } }) =>
    e.map('Clip', [x, e.fill(clipValueMin, [], x.dtype), e.fill(clipValueMax, [], x.dtype)]),
  ),
  /** 1 where x > 0, `alpha` elsewhere. Relu(x) > 0 is the same, and lets x be forgotten in the gradient of Relu. */
  Step: row<X, tf.StepAttrs>(same, (e, { inputs: { x }, attrs: { alpha } }) => {
    const positive = e.map('Greater', [e.mapped('Relu', x) ?? x, e.fill(0, [], x.dtype)], 'bool');
    return alpha === 0 ? e.cast(positive, 'float32') : e.map('Where', [positive, e.fill(1), e.fill(alpha)], 'float32');
  }),
  /** dy where y >= 0, dy (y + 1) elsewhere. */
  EluGrad: row<'dy' | 'y', object>(
    ({ dy }) => ({ shape: dy.shape, dtype: dy.dtype }),
    (e, { inputs: { dy, y } }) => e.map('Mul', [dy, e.map('Add', [e.map('Min', [y, e.fill(0)]), e.fill(1)])]),
  ),
  Prelu: row<'x' | 'alpha', object>(
    ({ x }) => ({ shape: x.shape, dtype: x.dtype }),
    (e, { inputs: { x, alpha } }) => e.term(e.op('PRelu', [e.full(x), e.lazy(alpha)]), x.shape),
  ),
  Add: add,
  Sub: sub,
  Multiply: mul,
  RealDiv: div,
  FloorDiv: binary((e, a, b) => e.cast(floorDiv(e, a, b), 'int32'), 'int32'),
  Mod: binary(mod),
  Maximum: binary((e, a, b) => e.map('Max', [a, b])),
  Minimum: binary((e, a, b) => e.map('Min', [a, b])),
  Pow: binary((e, a, b) => e.map('Pow', [a, b])),
  SquaredDifference: binary((e, a, b) => {
    const d = e.map('Sub', [a, b]);
    return e.map('Mul', [d, d]);
  }),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  Equal: compare('Equal'),
  NotEqual: binary((e, a, b) => e.map('Not', [e.map('Equal', [a, b], 'bool')]), 'bool'),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  AddN: row<string, object>(
    (inputs) => ({ shape: inputs['0']!.shape, dtype: inputs['0']!.dtype }), // TensorFlow.js gives it at least one
    (e, { inputs, out }) =>
      e.spread(
        Object.values(inputs).reduce((sum, term) => e.map('Add', [sum, term])),
        out.shape,
      ),
  ),
  Cast: row<X, tf.CastAttrs>(
    ({ x }, { dtype }) => ({ shape: x.shape, dtype: dtype as TensorSpec['dtype'] }), // others are refused as constants
    (e, { inputs: { x }, out }) => e.cast(x, out.dtype),
  ),
  Select: row<'condition' | 't' | 'e', object>(
    ({ t }) => ({ shape: t.shape, dtype: t.dtype }),
    (e, { inputs: { condition, t, e: otherwise }, out }) =>
      e.spread(e.map('Where', [condition, t, otherwise], out.dtype), out.shape),
  ),
};
