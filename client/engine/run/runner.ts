/** The runner that callers see: one call after the other, on whatever machine does the work. @module */
import { UsageError } from '#shared/errors';
import { fitting, knownNames } from '../host-values.ts';
import { retrace } from '../trace/record.ts';
import type { EngineName, HostValues, Runner, StepProgram, TensorSpec } from '../types.ts';
import type { StateMachine } from './state-machine.ts';

/** Steps after which the program is traced again for the first time; then after twice as many, and so on. */
const firstCheck = 64;

/**
 * Wraps a machine. A value that the step took from its surroundings (a learning rate in a closure) is frozen in the
 * compiled graph, so the program is traced again after 64, 128, 256, … steps, whenever state is written, and at the end:
 * a different hash then means that the steps since did not use the value that the program would use now.
 */
export function runnerOf(program: StepProgram, engine: EngineName, fingerprint: string, machine: StateMachine): Runner {
  let last: Promise<unknown> = Promise.resolve();
  let disposed = false;
  const inTurn = <T>(call: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => {
      if (!disposed) return call();
      throw new UsageError('wrongPhase', 'this runner is disposed: compile the program again');
    });
    last = turn.catch(() => undefined); // its caller gets the error; the next call has its own
    return turn;
  };
  const checkUnchanged = (): void => {
    if (retrace(program) === fingerprint) return;
    throw new UsageError(
      'outsideValue',
      'the step uses a host value that has changed since it was compiled (a learning rate, an epoch): the compiled ' +
        'steps went on with the first one; declare it as an input',
    );
  };
  let taken = 0;
  let nextCheck = firstCheck;
  const steps = async (batches: readonly HostValues[]): Promise<HostValues[]> => {
    for (const batch of batches) checkBatch(program, batch);
    const outputs = await machine.steps(batches);
    taken += batches.length;
    if (taken >= nextCheck) {
      nextCheck = 2 * taken;
      checkUnchanged();
    }
    return outputs;
  };
  return {
    engine,
    fingerprint,
    step: (batch) => inTurn(async () => (await steps([batch]))[0]!), // as many outputs as batches
    steps: (batches) => inTurn(() => steps(batches)),
    readState: (names = Object.keys(program.state)) =>
      inTurn(async () => {
        knownNames('state', names, program.state);
        return machine.read(names);
      }),
    writeState: (values) =>
      inTurn(async () => {
        checkState(program, values);
        checkUnchanged();
        await machine.write(values);
      }),
    dispose: () =>
      inTurn(async () => {
        disposed = true;
        await machine.dispose();
        checkUnchanged();
      }),
  };
}

/** Every named state exists and fits. @throws UsageError (badArgument) otherwise. */
export function checkState({ state }: StepProgram, values: HostValues): void {
  checkValues('state', state, values, Object.keys(values));
}

function checkBatch({ inputs }: StepProgram, batch: HostValues): void {
  checkValues('input', inputs, batch, Object.keys(inputs));
}

type Specs = Readonly<Record<string, TensorSpec>>;

function checkValues(what: string, specs: Specs, values: HostValues, wanted: readonly string[]): void {
  knownNames(what, Object.keys(values), specs);
  for (const name of wanted) fitting(`${what} '${name}'`, specs[name]!, values[name]); // wanted names are known
}
