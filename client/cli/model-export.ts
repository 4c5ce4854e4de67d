/** `consilium-site model export` @module */
import type { Command } from 'commander';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '#client/agent/disk';
import { UsageError } from '#shared/errors';
import { type ExportedFile, onnxOf, safetensorsOf } from '#client/use/export-model';
import type { IndexModel } from '#client/use/index-file';
import type { Trained } from '#client/use/open-trained';
import { whole } from './arguments.ts';
import { result } from './output.ts';
import { type ModelOptions, modelCommand, modelOf, withModel } from './use-model.ts';

interface Options extends ModelOptions {
  readonly format: string;
  readonly out: string;
  readonly batch?: number;
}

/** Adds the command to `model`. */
export function addExport(model: Command): void {
  modelCommand(model, 'export', "writes this site's model for other programs; where the files go is up to you")
    .requiredOption('--format <name>', 'safetensors or onnx')
    .requiredOption('--out <dir>', 'the folder to write')
    .option('--batch <n>', 'examples that an ONNX file takes at a time, where they are not to be any number', whole(1))
    .action(exportModel);
}

async function exportModel(options: Options): Promise<void> {
  await withModel(options, async (trained, site) => {
    const files = await filesOf(options, trained, modelOf(site));
    mkdirSync(options.out, { recursive: true, mode: 0o700 });
    for (const { name, bytes } of files) writeWhole(join(options.out, name), bytes);
    const written = files.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
    result(
      options,
      { ...modelOf(site), format: options.format, files: written },
      written.map(({ name, bytes }) => `${join(options.out, name)}  ${bytes.toLocaleString('en')} bytes`),
    );
  });
}

async function filesOf(
  { format, batch }: Options,
  trained: Trained,
  about: IndexModel,
): Promise<readonly ExportedFile[]> {
  if (format === 'safetensors') return safetensorsOf(trained, about);
  if (format === 'onnx') return onnxOf(trained, about, batch);
  throw new UsageError('badArgument', `--format ${format}: expected safetensors or onnx`);
}
