/** How the values of a program are called in its recording and in its graph. @module */

const state = 'state/';
const input = 'input/';
const next = 'next/';
const output = 'output/';

/** The state before the step, an input of the batch, the state after the step, an output. */
export const wireName = {
  state: (name: string): string => state + name,
  input: (name: string): string => input + name,
  next: (name: string): string => next + name,
  output: (name: string): string => output + name,
};

/** The program's own name of a value on the wire. */
export function plainName(wire: string): string {
  return wire.slice(wire.indexOf('/') + 1);
}

/** Whether a wire name names a state after the step. */
export function isNext(wire: string): boolean {
  return wire.startsWith(next);
}

/** Whether a wire name names a state before the step. */
export function isState(wire: string): boolean {
  return wire.startsWith(state);
}
