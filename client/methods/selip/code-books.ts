/** The code books that a plan may name, or bring as a file. @module */
import { UsageError } from '#shared/errors';
import type { Files } from '../types.ts';
import { chestEnglish } from './code-book-chest-en.ts';
import { headMriEnglish } from './code-book-head-mri-en.ts';
import { type CodeBook, parseCodeBook } from './code-book.ts';
import type { SelipConfig } from './config.ts';

const codeBooks = { 'head-mri-en-1': headMriEnglish, 'chest-en-1': chestEnglish } as const;

/** The names of the published books. */
export const codeBookNames = Object.keys(codeBooks) as (keyof typeof codeBooks)[]; // the keys of `codeBooks` are exactly the names

/** The book of a configuration. @throws UsageError (noSuchFile), (badConfig) if its file is not a code book */
export async function codeBookOf({ selip }: Pick<SelipConfig, 'selip'>, files: Files): Promise<CodeBook> {
  if (selip.codeBookFile === undefined) return codeBooks[selip.codeBook];
  return parseCodeBook(parsed(await files.read(selip.codeBookFile)));
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new UsageError('badConfig', 'the code book: its file is not JSON', { cause });
  }
}
