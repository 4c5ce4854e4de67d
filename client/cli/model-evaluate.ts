/** `consilium-site model evaluate` @module */
import type { Command } from 'commander';
import { approvedPlan } from '#client/agent/approvals';
import { methodConfig } from '#client/agent/check-program';
import { ModelStore } from '#client/agent/model-store';
import { readSiteConfig } from '#client/agent/site-config';
import type { Split } from '#client/data/types';
import type { EngineChoice } from '#client/engine/types';
import type { Recalls, RetrievalReport } from '#client/evaluate/types';
import { startTrainer } from '#client/train/trainer';
import { nodeCrypto } from '#shared/crypto/node';
import { UsageError } from '#shared/errors';
import { toHex } from '#shared/util/bytes';
import { engine, whole } from './arguments.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface Options extends OutputOptions {
  readonly dir: string;
  readonly data: string;
  readonly plan?: string;
  readonly split: string;
  readonly engine: EngineChoice;
  readonly threads: number;
}

/** Adds the command. */
export function addModel(program: Command): void {
  const model = program.command('model').description('uses the trained model inside the hospital');
  model
    .command('evaluate')
    .description("retrieval figures of this site's model on a pairs.csv; nothing leaves the hospital")
    .requiredOption('--dir <dir>', 'the folder of this site')
    .requiredOption('--data <csv>', 'a pairs.csv')
    .option('--plan <id>', 'of which plan, if there were several')
    .option('--split <side>', 'test or train', 'test')
    .option('--engine <name>', 'auto, tensorflow-gpu, onnx, onnx-cuda, onnx-webgpu or reference', engine, 'auto')
    .option('--threads <n>', 'threads of the numeric library', whole(1), 1)
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(evaluate);
}

async function evaluate(options: Options): Promise<void> {
  const { dir, data, threads } = options;
  const split = splitOf(options.split);
  const { site } = readSiteConfig(dir);
  const { plan, planId } = approvedPlan(dir, options.plan);
  const stored = new ModelStore(dir, planId, nodeCrypto).current();
  if (stored === undefined)
    throw new UsageError('notFound', `${dir} holds no model of this plan yet: run the agent first`);
  const trainer = await startTrainer({
    method: plan.method.name,
    config: methodConfig(plan),
    rounds: plan.rounds,
    data: { csv: data },
    engine: options.engine,
    threads,
    seed: 0,
  });
  try {
    const report = await trainer.evaluate(stored.model.weights, split);
    const { round } = stored;
    result(
      options,
      { site, plan: planId, round, modelHash: toHex(stored.hash), split, ...report },
      lines(report, round),
    );
  } finally {
    await trainer.dispose();
  }
}

function splitOf(text: string): Split {
  if (text === 'test' || text === 'train') return text;
  throw new UsageError('badArgument', `--split ${text}: expected test or train`);
}

function lines({ figures, chance, pairCount, gallerySize }: RetrievalReport, round: number): readonly string[] {
  return [
    `Model of round ${round} on ${pairCount} pairs, galleries of ${gallerySize}, recall in %:`,
    `  image to report: ${recalls(figures.imageToReport)} (chance ${recalls(chance.imageToReport)})`,
    `  report to image: ${recalls(figures.reportToImage)} (chance ${recalls(chance.reportToImage)})`,
  ];
}

function recalls({ recallAt1, recallAt5, recallAt10 }: Recalls): string {
  return [recallAt1, recallAt5, recallAt10].map((share) => (100 * share).toFixed(1)).join(' / ');
}
