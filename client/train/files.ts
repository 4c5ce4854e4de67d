/** The files that a plan names, from this site's folder of files. @module */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '#shared/errors';
import type { Files } from '#client/methods/types';

/** Reads from `folder`, and gives nothing but the very file that the plan means. */
export function filesIn(folder: string | undefined): Files {
  return {
    read: async ({ name, sha256 }) => {
      if (folder === undefined)
        throw new UsageError(
          'noSuchFile',
          `the plan needs the file ${name}: give the folder that holds it with --files`,
        );
      const bytes = await readFile(join(folder, name)).catch((cause: unknown) => {
        throw new UsageError('noSuchFile', `cannot read ${name} in the folder of files: the plan needs it`, { cause });
      });
      if (createHash('sha256').update(bytes).digest('hex') === sha256) return new Uint8Array(bytes);
      throw new UsageError(
        'noSuchFile',
        `${name} in the folder of files is another file than the plan's: get the right one`,
      );
    },
  };
}
