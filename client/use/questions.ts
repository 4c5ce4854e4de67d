/** Image files that a person asks about. @module */
import { stat } from 'node:fs/promises';
import { UsageError } from '#shared/errors';
import { readImage, standardised } from '#client/data/read-image';
import { extentsOf, type MethodConfig } from '#client/methods/config';
import type { Imaged } from './open-trained.ts';

/**
 * An image or a volume, read as training reads it.
 *
 * @throws UsageError (noSuchFile, badFormat)
 */
export async function readQuestion({ image }: Pick<MethodConfig, 'image'>, path: string): Promise<Imaged> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new UsageError('noSuchFile', `${path} is not there: give the path of an image`);
  const pixels = await readImage(path, { size: extentsOf(image), channels: image.channels }).catch((cause: unknown) => {
    throw new UsageError('badFormat', `${path} cannot be read: ${expected(image)}`, { cause });
  });
  const values = standardised(pixels);
  if (values === undefined) throw new UsageError('badFormat', `${path} has one grey value everywhere`);
  return { image: values };
}

function expected(image: MethodConfig['image']): string {
  return extentsOf(image).length === 3 ? 'expected a volume, .nii or .nii.gz' : 'expected a PNG or a JPEG';
}
