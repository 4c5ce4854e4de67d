/** A program's state beside its session: what a step reads and what it writes are two sets of buffers that swap. @module */
import type { Tensor } from 'onnxruntime-node';
import { onnxRuntime } from '../backend.ts';
import { giveBack, zeros } from '../host-values.ts';
import type { Graph } from '../onnx/graph.ts';
import { sameShape, sizeOf } from '../shapes.ts';
import type { HostValues, StepProgram, TensorSpec } from '../types.ts';
import { isNext, plainName, wireName } from '../wire-names.ts';
import { openSession } from './session.ts';
import type { OpenSession, SessionSettings } from './session.ts';
import type { StateMachine } from './state-machine.ts';

/** What one thread needs to run a program that was traced in another. */
export interface Compiled {
  readonly state: StepProgram['state'];
  readonly inputs: StepProgram['inputs'];
  readonly step: Graph;
  /** Several steps in one run, and how many; missing where one by one is as good. */
  readonly scan?: { readonly graph: Graph; readonly count: number };
}

/** Opens the session that most steps take, and fills the state; another one opens when it is needed. */
export async function openOnnx(compiled: Compiled, init: HostValues, settings: SessionSettings): Promise<StateMachine> {
  const buffers = new Buffers(compiled);
  buffers.write(init);
  const sessions = new Map<Graph, Promise<OpenSession>>();
  const sessionOf = (graph: Graph): Promise<OpenSession> => {
    const opened = sessions.get(graph) ?? openSession(graph.model, settings);
    sessions.set(graph, opened);
    return opened;
  };
  await sessionOf(compiled.scan?.graph ?? compiled.step);

  const single = async (batch: HostValues): Promise<HostValues> => {
    const inputs = batchTensors(compiled.step, batch);
    const made = await buffers.run(await sessionOf(compiled.step), compiled.step, inputs);
    return Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, dataOf(tensor)]));
  };
  const several = async (batches: readonly HostValues[], { graph }: NonNullable<Compiled['scan']>) => {
    const made = await buffers.run(await sessionOf(graph), graph, batchTensors(graph, stacked(compiled, batches)));
    return batches.map((_, i) => sliceOf(made, i));
  };
  return {
    steps: async (batches) => {
      const outputs: HostValues[] = [];
      const { scan: plan } = compiled;
      while (plan !== undefined && outputs.length + plan.count <= batches.length) {
        outputs.push(...(await several(batches.slice(outputs.length, outputs.length + plan.count), plan)));
      }
      for (const batch of batches.slice(outputs.length)) outputs.push(await single(batch));
      return outputs;
    },
    read: (names) => Promise.resolve(buffers.read(names)),
    write: (values) => {
      buffers.write(values);
      return Promise.resolve();
    },
    dispose: async () => {
      for (const session of sessions.values()) await (await session).release();
    },
  };
}

class Buffers {
  private current: Record<string, Tensor> = {};
  private next: Record<string, Tensor> = {};

  constructor({ state, step }: Compiled) {
    for (const [name, spec] of Object.entries(state)) {
      this.current[name] = tensorOf(spec, zeros(spec));
      if (wireName.next(name) in step.outputs) this.next[name] = tensorOf(spec, zeros(spec));
    }
  }

  /** One run; the outputs by name. The state moves on only when it succeeds. */
  async run({ session }: OpenSession, graph: Graph, inputs: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const feeds = { ...inputs };
    for (const [name, tensor] of Object.entries(this.current)) {
      const port = graph.inputs[wireName.state(name)];
      if (port !== undefined) feeds[wireName.state(name)] = shapedAs(port, tensor);
    }
    const fetches: Record<string, Tensor | null> = {};
    for (const [wire, port] of Object.entries(graph.outputs)) {
      fetches[wire] = isNext(wire) ? shapedAs(port, this.next[plainName(wire)]!) : null;
    }
    const made = await session.run(feeds, fetches);
    giveBackCopies(made, fetches);
    const before = this.current;
    this.current = { ...this.current, ...this.next };
    this.next = Object.fromEntries(Object.keys(this.next).map((name) => [name, before[name]!]));
    const outputs = Object.keys(graph.outputs).filter((wire) => !isNext(wire));
    return Object.fromEntries(outputs.map((wire) => [plainName(wire), made[wire]!])); // as fetched
  }

  read(names: readonly string[]): HostValues {
    return Object.fromEntries(names.map((name) => [name, dataOf(this.current[name]!).slice()]));
  }

  write(values: HostValues): void {
    for (const [name, given] of Object.entries(values)) {
      dataOf(this.current[name]!).set(given);
    }
  }
}

/**
 * The runtime writes the next state where it is told to, and hands out copies of it that nobody reads: garbage of three
 * times the model's size a run, over which V8 would collect all the time.
 */
function giveBackCopies(made: Readonly<Record<string, Tensor>>, told: Readonly<Record<string, Tensor | null>>): void {
  for (const [wire, tensor] of Object.entries(told)) {
    const copy = made[wire];
    if (tensor === null || copy === undefined || dataOf(copy).buffer === dataOf(tensor).buffer) continue;
    giveBack({ [wire]: dataOf(copy) });
  }
}

function tensorOf({ shape, dtype }: TensorSpec, data: HostValues[string]): Tensor {
  return new (onnxRuntime().Tensor)(dtype, data as Float32Array, shape); // its constructor pairs type and array at run time
}

/** The same memory in the axes of a port. */
function shapedAs(port: TensorSpec, tensor: Tensor): Tensor {
  return sameShape(tensor.dims, port.shape) ? tensor : tensorOf(port, dataOf(tensor));
}

function dataOf(tensor: Tensor): HostValues[string] {
  return tensor.data as HostValues[string]; // float32, int32 and bool alone cross the graph
}

function batchTensors(graph: Graph, batch: HostValues): Record<string, Tensor> {
  const used = Object.keys(batch).filter((name) => wireName.input(name) in graph.inputs);
  return Object.fromEntries(
    used.map((name) => [wireName.input(name), tensorOf(graph.inputs[wireName.input(name)]!, batch[name]!)]),
  );
}

/** The batches along a new first axis. */
function stacked({ inputs }: Compiled, batches: readonly HostValues[]): HostValues {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => {
      const all = zeros({ shape: [batches.length, ...spec.shape], dtype: spec.dtype });
      batches.forEach((batch, i) => {
        all.set(batch[name]!, i * sizeOf(spec.shape));
      });
      return [name, all];
    }),
  );
}

/** The outputs of step `index` from those of a whole Scan. */
function sliceOf(made: Readonly<Record<string, Tensor>>, index: number): HostValues {
  return Object.fromEntries(
    Object.entries(made).map(([name, tensor]) => {
      const size = sizeOf(tensor.dims.slice(1));
      return [name, dataOf(tensor).slice(index * size, (index + 1) * size)];
    }),
  );
}
