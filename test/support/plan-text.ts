/** A plan for tests: a model of `length` numbers, nothing else in the vector. @module */

export interface PlanChoice {
  readonly name?: string;
  readonly rounds?: number;
  readonly maxSites?: number;
  readonly length?: number;
  readonly bits?: number;
  readonly chunkBytes?: number;
  /** Lines under `sum:`, each indented by two spaces. */
  readonly sum?: string;
  readonly schedule?: string;
}

/** The plan's YAML. */
export function planText(choice: PlanChoice = {}): string {
  const { name = 'test', rounds = 1, maxSites = 3, length = 100, bits = 16, chunkBytes, sum, schedule } = choice;
  return `
name: ${name}
rounds: ${String(rounds)}
method: { name: clip }
program:
  fingerprint: '${'ab'.repeat(32)}'
  initialModelHash: '${'cd'.repeat(32)}'
model:
  - { name: weight, shape: [${String(length)}] }
sum:
  maxSites: ${String(maxSites)}
${chunkBytes === undefined ? '' : `  chunkBytes: ${String(chunkBytes)}\n`}${sum === undefined ? '' : `${sum}\n`}  segments:
    - { name: delta, range: 0.05, bits: ${String(bits)} }
schedule: { ${schedule ?? 'waitMs: 60000, trainingMs: 60000, phaseMs: 60000, unmaskMs: 60000'} }
`;
}
