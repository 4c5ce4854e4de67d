/** The runner that callers see: one call after the other, on whatever machine does the work. @module */
import { UsageError } from '#shared/errors';
import { retrace } from '../trace/record.ts';
import type { EngineName, Runner, StepProgram } from '../types.ts';
import type { StateMachine } from './state-machine.ts';

/**
 * Wraps a machine. A value that the step took from its surroundings (a learning rate in a closure) is frozen in the
 * compiled graph, so the program is traced again whenever state is written, and at the end: a different hash then means
 * that the steps since did not use the value that the program would use now.
 */
export function runnerOf(program: StepProgram, engine: EngineName, fingerprint: string, machine: StateMachine): Runner {
  let last: Promise<unknown> = Promise.resolve();
  let disposed = false;
  const inTurn = <T>(call: () => Promise<T> | T): Promise<T> => {
    if (disposed) throw new UsageError('wrongPhase', 'this runner is disposed: compile the program again');
    const turn = last.then(call);
    last = turn.catch(() => undefined); // its caller gets the error; the next call has its own
    return turn;
  };
  const checkUnchanged = async (): Promise<void> => {
    if ((await retrace(program)) === fingerprint) return;
    throw new UsageError(
      'outsideValue',
      'the step uses a host value that has changed since it was compiled (a learning rate, an epoch): the compiled ' +
        'steps went on with the first one; declare it as an input',
    );
  };
  return {
    engine,
    fingerprint,
    step: (batch) => inTurn(async () => (await machine.steps([batch]))[0]!),
    steps: (batches) => inTurn(() => machine.steps(batches)),
    readState: (names = Object.keys(program.state)) => inTurn(() => machine.read(names)),
    writeState: (values) =>
      inTurn(async () => {
        await checkUnchanged();
        await machine.write(values);
      }),
    dispose: () =>
      inTurn(async () => {
        disposed = true;
        await machine.dispose();
        await checkUnchanged();
      }),
  };
}
