/** `consilium-site plan draft`: a plan file to propose, with program and beginning compiled here. @module */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { writeWhole } from '#client/agent/disk';
import { describeProgram } from '#client/train/describe-program';
import type { ProgramDescription } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { UsageError } from '#shared/errors';
import { parsePlan, planHash } from '#shared/governance/plan';
import { rowSegments } from '#shared/governance/segments';
import { toSumParameters } from '#shared/governance/sum-parameters';
import { initialModel } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { uploadCut } from '#shared/secagg/upload-cut';
import { toHex } from '#shared/util/bytes';
import { positive, whole } from './arguments.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

/** What a plan is drafted from, beside its program. */
export interface DraftOptions {
  readonly name: string;
  readonly rounds: number;
  readonly sites: number;
  readonly weightCap: number;
  readonly range?: number;
  readonly bits: number;
  readonly encryption: string;
  readonly keyEpochRounds?: number;
  /** 0 for never. */
  readonly evaluateEvery?: number;
  readonly waitMs?: number;
  readonly trainingMs?: number;
  readonly phaseMs?: number;
  readonly unmaskMs?: number;
}

interface Options extends DraftOptions, OutputOptions {
  readonly out: string;
  readonly method: string;
  readonly config?: string;
  readonly files?: string;
}

/** Bits of a row's weight: its greatest value is the cap by which rows are weighed, so it is not much above what sites have. */
const rowWeightBits = 10;

/** Bits of an example count, and range and bits of a training loss in nats. */
const countBits = 16;
const loss = { range: 16, bits: 16 };

/** Adds the command. */
export function addDraft(plan: Command): void {
  plan
    .command('draft')
    .description('writes a plan file for the consortium to read, change and propose; needs no coordinator')
    .requiredOption('--out <file>', 'the plan file to write')
    .option('--name <name>', 'what people call the study', 'study')
    .option('--method <name>', 'the training method', 'clip')
    .option('--config <file>', "YAML with the method's configuration (default: the method's own)")
    .option('--files <dir>', 'the folder of the files that the configuration names')
    .option('--rounds <n>', 'rounds of the study', whole(1), 25)
    .option('--sites <n>', 'sites of a round, at most', whole(3), 3)
    .option('--weight-cap <n>', 'more training pairs than any site has', whole(1), 512)
    .option('--range <x>', 'bound of every change of a weight (default: twice what the optimiser can do)', positive)
    .option('--bits <n>', 'bits of every change of a weight', whole(2), 16)
    .option('--encryption <name>', 'of the sum: bgv, stream or none', 'bgv')
    .option('--key-epoch-rounds <n>', 'rounds under one data key, at most', whole(1))
    .option('--evaluate-every <n>', 'rounds after which sites count how well the model does, 0 for never', whole(0), 5)
    .option('--wait-ms <ms>', 'how long a round waits for sites beyond the quorum', whole(1))
    .option('--training-ms <ms>', 'longest local training', whole(1))
    .option('--phase-ms <ms>', 'longest phase 0, 1 or 2', whole(1))
    .option('--unmask-ms <ms>', 'longest phase 3 or 4', whole(1))
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(draft);
}

async function draft(options: Options): Promise<void> {
  const program = await describeProgram(options.method, readConfig(options.config), options.files);
  const text = planText(options, program);
  const plan = parsePlan(text);
  writeWhole(options.out, text);
  const { byteLength } = uploadCut(toSumParameters(plan));
  const drafted = {
    file: options.out,
    plan: toHex(planHash(nodeCrypto, plan)),
    parameters: program.parameterCount,
    uploadBytes: byteLength,
  };
  result(options, drafted, [
    `${options.out}: ${program.parameterCount.toLocaleString('en')} parameters, ${byteLength.toLocaleString('en')} bytes a round and site.`,
    `Read it, then have it proposed: consilium-coordinator plan propose ${options.out}`,
  ]);
}

/** The plan file of a program, as YAML. */
export function planText(
  options: DraftOptions,
  { method, config, fingerprint, tensors, rows, tallyLength, initialWeights }: ProgramDescription,
): string {
  const { waitMs, trainingMs, phaseMs, unmaskMs } = options;
  const { localSteps, learningRate } = config.training;
  const everyRounds = tallyLength === null ? 0 : (options.evaluateEvery ?? 0);
  const range = options.range ?? 2 * localSteps * learningRate;
  const beginning = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, initialWeights);
  const file = {
    name: options.name,
    rounds: options.rounds,
    method: { name: method, config },
    program: { fingerprint, initialModelHash: toHex(modelHash(nodeCrypto, beginning)) },
    serverOptimizer: { name: 'fedAvg', parameters: { serverLearningRate: 1 } },
    sum: {
      maxSites: options.sites,
      encryption: options.encryption,
      ...given({ keyEpochRounds: options.keyEpochRounds }),
      weightCap: options.weightCap,
      segments: [
        { name: 'delta', range, bits: options.bits },
        { name: 'exampleCount', bits: countBits },
        { name: 'trainingLoss', ...loss },
        ...rows.flatMap((name) => rowSegmentsOf(name, options, range)),
        ...(everyRounds === 0 ? [] : [{ name: 'evaluation', length: tallyLength, bits: countBits }]),
      ],
    },
    ...(everyRounds === 0 ? {} : { evaluation: { everyRounds } }),
    schedule: given({ waitMs, trainingMs, phaseMs, unmaskMs }),
    model: tensors,
  };
  return `# A plan for a consortium; every field is explained in docs/reference/plan.md.\n${stringify(file)}`;
}

/** A row of the bank moves as far as the optimiser can move it; a mean of unit vectors by 2 at most. */
function rowSegmentsOf(name: string, { bits }: DraftOptions, range: number): readonly object[] {
  const weights = { name: rowSegments[name], bits: rowWeightBits };
  return [{ name, range: name === 'prototype' ? 2 : range, bits }, weights];
}

function given(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function readConfig(path: string | undefined): unknown {
  if (path === undefined) return {};
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError('noSuchFile', `cannot read ${path} as YAML: give the method's configuration`, { cause });
  }
}
