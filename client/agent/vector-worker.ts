/** The thread of `vector-thread.ts`: one job after the other. What a job throws goes back as data. @module */
import { carried } from '#client/train/carried-error';
import { unreachable } from '#shared/util/unreachable';
import { foldStored, makeBgvKey, prepareStored, storeContribution } from './vector-jobs.ts';
import type { VectorJob, VectorOutcome } from './vector-thread.ts';

/** Performs a job. */
export default async function perform(job: VectorJob): Promise<VectorOutcome> {
  try {
    return { kind: 'done', value: await valueOf(job) };
  } catch (error) {
    return { kind: 'failed', error: carried(error) };
  }
}

async function valueOf(job: VectorJob): Promise<unknown> {
  switch (job.kind) {
    case 'makeBgvKey':
      return makeBgvKey();
    case 'store':
      storeContribution(job.storing);
      return undefined;
    case 'prepare':
      return prepareStored(job.preparation);
    case 'fold':
      return foldStored(job.folding);
    default:
      return unreachable(job);
  }
}
