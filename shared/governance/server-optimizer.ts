/** The server optimiser that a plan names, with exactly its parameters. @module */
import type { ServerOptimizer } from '../model/apply.ts';
import type { Plan } from './types.ts';

type Named = Plan['serverOptimizer'];

const parametersOf: Readonly<Record<ServerOptimizer['name'], readonly string[]>> = {
  fedAvg: ['serverLearningRate'],
  fedAvgM: ['serverLearningRate', 'momentum'],
  fedAdagrad: ['serverLearningRate', 'beta1', 'tau'],
  fedAdam: ['serverLearningRate', 'beta1', 'beta2', 'tau'],
  fedYogi: ['serverLearningRate', 'beta1', 'beta2', 'tau'],
};

/** One sentence for each thing that is wrong with it. */
export function optimizerProblems({ name, parameters }: Named): readonly string[] {
  if (!isKnown(name))
    return [`serverOptimizer.name: expected one of ${Object.keys(parametersOf).join(', ')}; got ${name}`];
  const expected = parametersOf[name];
  const missing = expected.filter((key) => !Object.hasOwn(parameters, key));
  const unknown = Object.keys(parameters).filter((key) => !expected.includes(key));
  return [
    ...missing.map((key) => `serverOptimizer.parameters.${key}: is missing`),
    ...unknown.map((key) => `serverOptimizer.parameters.${key}: ${name} has no such parameter`),
  ];
}

/** The optimiser of a checked plan. */
export function toServerOptimizer({
  serverOptimizer: { name, parameters },
}: Pick<Plan, 'serverOptimizer'>): ServerOptimizer {
  return { name, ...parameters } as ServerOptimizer; // `optimizerProblems` found none: the name and exactly its parameters
}

function isKnown(name: string): name is ServerOptimizer['name'] {
  return Object.hasOwn(parametersOf, name);
}
