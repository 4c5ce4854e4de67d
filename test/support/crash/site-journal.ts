/** Preloaded into a site: kills it at entries of the journals of its rounds, half an entry being written `before`. @module */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname } from 'node:path';
import { crash, isDue } from './plan.ts';
import type { Moment } from './plan.ts';

interface OpenJournal {
  readonly round: number;
  readonly path: string;
}

const journals = new Map<number, OpenJournal>();
const { openSync, closeSync, writeSync, fsyncSync } = fs;

fs.openSync = (...args: Parameters<typeof openSync>) => {
  const file = openSync(...args);
  const path = String(args[0]);
  const round = Number(basename(dirname(path)));
  if (basename(path) === 'journal' && Number.isInteger(round)) journals.set(file, { round, path });
  return file;
};

fs.closeSync = (file) => {
  journals.delete(file);
  closeSync(file);
};

/** The journal appends an entry in one write. */
fs.writeSync = ((file: number, bytes: Uint8Array, ...rest: number[]) => {
  const journal = journals.get(file);
  if (journal !== undefined && isDue(next(journal, 'before'))) {
    const point = next(journal, 'before');
    writeSync(file, bytes, 0, Math.floor(bytes.length / 2));
    crash(point);
  }
  return writeSync(file, bytes, ...rest);
}) as typeof writeSync;

fs.fsyncSync = (file) => {
  fsyncSync(file);
  const journal = journals.get(file);
  if (journal === undefined) return;
  const written = { ...next(journal, 'after'), entry: entries(journal) };
  if (isDue(written)) crash(written);
};

syncBuiltinESMExports();

function next(journal: OpenJournal, moment: Moment) {
  return { round: journal.round, entry: entries(journal) + 1, moment };
}

/** Every entry is a line. */
function entries({ path }: OpenJournal): number {
  return fs.readFileSync(path, 'utf8').split('\n').length - 1;
}
