/** What every command shares that uses a site's model: its options, and the model opened and closed. @module */
import type { Command } from 'commander';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '#client/agent/disk';
import type { EngineChoice } from '#client/engine/types';
import type { IndexModel } from '#client/use/index-file';
import { openTrained, type Imaged, type Trained } from '#client/use/open-trained';
import { occlusion } from '#client/use/occlusion';
import { overlayPng } from '#client/use/overlay';
import type { PatchMap } from '#client/use/patch-map';
import { UsageError } from '#shared/errors';
import { engine, whole } from './arguments.ts';
import type { OutputOptions } from './output.ts';
import { siteModel, type SiteModel } from './site-model.ts';

/** Of every command that uses the model. */
export interface ModelOptions extends OutputOptions {
  readonly dir: string;
  readonly plan?: string;
  readonly files?: string;
  readonly engine: EngineChoice;
  readonly threads: number;
}

/** A new command with these options. */
export function modelCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption('--dir <dir>', 'the folder of this site')
    .option('--plan <id>', 'of which plan, if there were several')
    .option('--files <dir>', 'the folder of the files that the plan names')
    .option('--engine <name>', 'auto, tensorflow-gpu, onnx, onnx-cuda, onnx-webgpu or reference', engine, 'auto')
    .option('--threads <n>', 'threads of the numeric library', whole(1), 1)
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people');
}

/** Of which model this site's answers are. */
export function modelOf({ plan, planId, round, modelHash }: SiteModel): IndexModel {
  return { method: plan.method.name, plan: planId, round, modelHash };
}

/** Opens the site's model for `use`, and closes it. */
export async function withModel(
  options: ModelOptions,
  use: (trained: Trained, site: SiteModel) => Promise<void>,
): Promise<void> {
  const site = siteModel(options.dir, options.plan);
  const { name, config } = site.plan.method;
  const { files, threads } = options;
  const trained = await openTrained({
    method: name,
    config,
    start: site.start,
    files,
    engine: options.engine,
    threads,
  });
  try {
    await use(trained, site);
  } finally {
    await trained.dispose();
  }
}

/** Of commands that draw maps. */
export interface MapOptions {
  /** The folder of the maps. */
  readonly overlay?: string;
  readonly map: MapKind;
}

/** What a score loses without each patch, or what the encoder attended to. */
export type MapKind = 'occlusion' | 'attention';

/** The option that says which map `--overlay` draws. */
export function withMap(command: Command): Command {
  return command.option('--map <kind>', 'occlusion (what a score loses without a patch) or attention (what the encoder attended to, whatever was asked)', mapKind, 'occlusion'); // prettier-ignore
}

function mapKind(text: string): MapKind {
  if (text === 'occlusion' || text === 'attention') return text;
  throw new UsageError('badArgument', `--map ${text}: expected occlusion or attention`);
}

/** Writes the map of an image under `name` (a number, never an id: names of files are seen by many) and answers with the path. */
export async function writeOverlay(
  trained: Trained,
  { folder, map }: { readonly folder: string; readonly map: MapKind },
  name: string,
  image: Imaged,
  scoreOf: (images: readonly Imaged[]) => Promise<readonly number[]>,
): Promise<string> {
  const { config } = trained.method;
  const drawn: PatchMap =
    map === 'attention'
      ? await trained.attention.map(image.image)
      : await occlusion(config.image, image.image, scoreOf);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.png`);
  writeWhole(path, await overlayPng(config.image, image.image, drawn));
  return path;
}

/** An option that may be given several times. */
export function collected(text: string, former: readonly string[]): readonly string[] {
  return [...former, text];
}
