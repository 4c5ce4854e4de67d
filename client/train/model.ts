/** A method with weights that answers: what its programs compute of images and of texts. @module */
import { compile } from '#client/engine/compile';
import type { CompileOptions, HostValues, Runner, StepProgram } from '#client/engine/types';
import { imageLength, imageValues, textValues } from '#client/methods/batches/values';
import type { Method, Model, Outputs } from '#client/methods/types';
import type { Pair } from '#client/data/types';
import { InvariantError } from '#shared/errors';
import { imageProgram, textProgram } from './programs.ts';

/** Examples computed at a time. */
const atOnce = 50;

/** A model whose weights may be replaced. */
export interface OpenModel extends Model {
  /** Values of every parameter by name. */
  write(values: HostValues): void;
  dispose(): Promise<void>;
}

/** Compiles a program when it is first asked something. */
export function openModel(method: Method, options: CompileOptions): OpenModel {
  let values: HostValues = {};
  const images = answerer(options, () => imageProgram(method, atOnce));
  const texts = method.text === undefined ? undefined : answerer(options, () => textProgram(method, atOnce));
  return {
    images: (pairs) =>
      images.ask(values, pairs, (some: readonly Pick<Pair, 'image'>[]) => ({
        image: imageValues(method.config, atOnce, some, (pair, out, at) => {
          expectLength(pair.image.length, imageLength(method.config));
          out.set(pair.image, at);
        }),
      })),
    texts: (reports) => {
      if (texts === undefined) throw new InvariantError('unreachable', `${method.name} has no text encoder`);
      return texts.ask(values, reports, (some) => textValues(method.config, atOnce, some));
    },
    parameter: (name) => {
      const found = values[name];
      if (found instanceof Float32Array) return found;
      throw new InvariantError('unreachable', `the model has no parameter ${name}`);
    },
    write: (next) => {
      values = next;
    },
    dispose: async () => {
      await images.dispose();
      await texts?.dispose();
    },
  };
}

function expectLength(found: number, expected: number): void {
  if (found === expected) return;
  throw new InvariantError('unreachable', `an image of ${found} numbers, and the program takes ${expected}`);
}

interface Answerer {
  ask<Example>(
    values: HostValues,
    examples: readonly Example[],
    batchOf: (some: readonly Example[]) => HostValues,
  ): Promise<Outputs>;
  dispose(): Promise<void>;
}

function answerer(options: CompileOptions, program: () => StepProgram): Answerer {
  let runner: Runner | undefined;
  let written: HostValues | undefined;
  return {
    ask: async (values, examples, batchOf) => {
      runner ??= await compile(program(), options);
      if (written !== values) await runner.writeState(values);
      written = values;
      const rows: Record<string, Float32Array[]> = {};
      for (let at = 0; at < examples.length; at += atOnce) {
        const some = examples.slice(at, at + atOnce);
        const outputs = await runner.step(batchOf(some));
        for (const [name, output] of Object.entries(outputs)) {
          (rows[name] ??= []).push(...rowsOf(output, some.length, output.length / atOnce));
        }
      }
      return rows;
    },
    dispose: async () => runner?.dispose(),
  };
}

/** The first `count` rows of a matrix of `width` columns; what a short batch leaves empty is not among them. */
function rowsOf(values: ArrayLike<number>, count: number, width: number): Float32Array[] {
  const all = Float32Array.from(values);
  return Array.from({ length: count }, (_, i) => all.slice(i * width, (i + 1) * width));
}
