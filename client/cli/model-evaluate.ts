/** `consilium-site model evaluate` @module */
import type { Command } from 'commander';
import type { Split } from '#client/data/types';
import type { EngineChoice } from '#client/engine/types';
import { figureAt, figureText } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';
import { openEvaluation } from '#client/train/evaluation';
import { UsageError } from '#shared/errors';
import { engine, whole } from './arguments.ts';
import { writePage } from './evaluation-page.ts';
import { addExport } from './model-export.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';
import { siteModel } from './site-model.ts';

interface Options extends OutputOptions {
  readonly dir: string;
  readonly data: string;
  readonly files?: string;
  readonly plan?: string;
  readonly split: string;
  readonly engine: EngineChoice;
  readonly threads: number;
  readonly html?: string;
}

/** Adds the command. */
export function addModel(program: Command): void {
  const model = program.command('model').description('uses the trained model inside the hospital');
  model
    .command('evaluate')
    .description("figures of this site's model on a pairs.csv; nothing leaves the hospital")
    .requiredOption('--dir <dir>', 'the folder of this site')
    .requiredOption('--data <csv>', 'a pairs.csv')
    .option('--files <dir>', 'the folder of the files that the plan names')
    .option('--plan <id>', 'of which plan, if there were several')
    .option('--split <side>', 'test or train', 'test')
    .option('--engine <name>', 'auto, tensorflow-gpu, onnx, onnx-cuda, onnx-webgpu or reference', engine, 'auto')
    .option('--threads <n>', 'threads of the numeric library', whole(1), 1)
    .option('--html <file>', 'a page with plots; with examples only where the data is a phantom')
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(evaluate);
  addExport(model);
}

async function evaluate(options: Options): Promise<void> {
  const { dir, data, threads, files } = options;
  const split = splitOf(options.split);
  const model = siteModel(dir, options.plan);
  const { site, plan, planId, round, modelHash, start } = model;
  const evaluation = await openEvaluation({
    method: plan.method.name,
    config: plan.method.config,
    data: { csv: data },
    ...(files === undefined ? {} : { files }),
    engine: options.engine,
    threads,
    seed: 0,
  });
  try {
    const report = await evaluation.evaluate(start, split);
    const { measures, config } = evaluation.method;
    if (options.html !== undefined)
      await writePage(options.html, { site: model, config, csv: data, split, measures, report });
    const { details, ...figures } = report;
    const { curves, confusion } = details ?? {}; // not the examples: ids of pairs are for the page alone
    result(
      options,
      { site, plan: planId, round, modelHash, split, measures, ...figures, curves, confusion },
      lines(measures, report, round),
    );
  } finally {
    await evaluation.dispose();
  }
}

function splitOf(text: string): Split {
  if (text === 'test' || text === 'train') return text;
  throw new UsageError('badArgument', `--split ${text}: expected test or train`);
}

function lines(measures: readonly Measure[], report: MethodReport, round: number): readonly string[] {
  const shown = measures.map(({ path, title, scale }) => {
    const [value, chance] = [figureAt(report.figures, path), figureAt(report.chance, path)];
    return `  ${title}: ${figureText(value, scale)} (chance ${figureText(chance, scale)})`;
  });
  return [`Model of round ${round} on ${report.pairCount} examples:`, ...shown];
}
