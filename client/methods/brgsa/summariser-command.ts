/**
 * A hospital's own summariser: a program on the hospital's own machine, a language model behind it or not. The hospital
 * names it when it starts its agent; a plan cannot.
 *
 * The program reads lines of JSON, `{"report": "..."}`, and answers each in order with a line
 * `{"statements": ["...", "..."]}`; when its input ends it ends too, with status 0.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import { UsageError } from '#shared/errors';
import type { Summariser } from '../types.ts';

const answerSchema = v.strictObject({ statements: v.array(v.string()) });

/**
 * Starts the program once for all reports. What it writes to its standard error goes to ours, its answers go nowhere else.
 *
 * @throws UsageError (badConfig) if the program cannot be started, ends early or fails, (badFormat) if it answers anything
 * else; no message holds a report or a statement
 */
export function commandSummariser(program: string): Summariser {
  return async (reports) => {
    if (reports.length === 0) return [];
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    closed.catch(() => undefined); // seen below, after its answers
    try {
      const asked = pipeline(
        Readable.from(reports.map((report) => `${JSON.stringify({ report })}\n`)),
        child.stdin,
      ).catch(() => undefined); // a program that reads no further has ended, which its answers tell
      const answers = await answersOf(child.stdout, reports.length);
      await asked;
      const [status] = (await closed.catch((cause: unknown) => {
        throw new UsageError('badConfig', `the summariser ${program} cannot be started: name a program that can be run`, { cause }); // prettier-ignore
      })) as [number | null];
      if (status === 0 && answers.length === reports.length) return answers;
      throw new UsageError(
        'badConfig',
        `the summariser ${program} answered ${answers.length} of ${reports.length} reports and ended with status ${String(status)}: run it by hand`,
      );
    } finally {
      child.kill();
    }
  };
}

/** @throws UsageError (badFormat) if a line is not an answer, or one more than `most` */
async function answersOf(output: Readable, most: number): Promise<readonly (readonly string[])[]> {
  const answers: (readonly string[])[] = [];
  for await (const line of createInterface({ input: output })) {
    const read = v.safeParse(answerSchema, parsed(line));
    if (!read.success || answers.length === most) {
      throw new UsageError('badFormat', `line ${answers.length + 1} of the summariser's answers is not {"statements": ["..."]} for one of ${most} reports`); // prettier-ignore
    }
    answers.push(read.output.statements);
  }
  return answers;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the schema refuses it
  }
}
