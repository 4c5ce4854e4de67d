/** What every site begins with: the seed's numbers, and those of the plan's files where it names some. @module */
import type { HostValues } from '#client/engine/types';
import type { Files, Method } from '#client/methods/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { sizeOf } from '#client/model/parameters';
import { UsageError } from '#shared/errors';

/** Values of every parameter by name. @throws UsageError (noSuchFile, badFormat) about a file */
export async function beginningOf(method: Method, files: Files): Promise<Readonly<Record<string, Float32Array>>> {
  const { parameters, config } = method;
  const drawn = splitWeights(parameters, initialWeights(parameters, config.seed));
  const given = (await method.begin?.(files)) ?? {};
  const taken = parameters.flatMap(({ name, shape }): [string, Float32Array][] => {
    const values = given[name];
    return values === undefined ? [] : [[name, checked(values, name, sizeOf(shape))]];
  });
  return { ...drawn, ...Object.fromEntries(taken) };
}

function checked(values: HostValues[string], name: string, length: number): Float32Array {
  if (values instanceof Float32Array && values.length === length) return values;
  throw new UsageError(
    'badFormat',
    `a file of the plan gives ${name} ${values.length} numbers, the model has ${length}`,
  );
}
