/**
 * The two stages of a run: first the teacher learns from paired reports and labels, then the student from the teacher.
 * Stages begin with a round, so that all sites are in the same one.
 *
 * @module
 */
import { type ClipItConfig, readsBank } from './config.ts';

/** Groups of parameters that are trained in other steps than the rest: the teacher's encoder, and the student's own. */
export const teacherGroup = 'teacher';
export const studentGroup = 'student';

/** The steps of the first stage: whole rounds, none without a text bank, and never the whole run. */
export function teacherSteps(config: Pick<ClipItConfig, 'clipIt' | 'training'>, totalSteps: number): number {
  const { localSteps } = config.training;
  const rounds = Math.floor(totalSteps / localSteps);
  if (!readsBank(config)) return 0;
  return localSteps * Math.min(rounds - 1, Math.round(config.clipIt.teacherShare * rounds));
}

/** What moves at a step: h_t always, the teacher's encoder in the first stage, the student's own in the second. */
export function stageRates(
  config: Pick<ClipItConfig, 'clipIt' | 'training'>,
  step: number,
  totalSteps: number,
): Readonly<Record<string, number>> {
  const teaching = step < teacherSteps(config, totalSteps);
  const teacherMoves = teaching || !config.clipIt.frozenTeacher;
  return { [teacherGroup]: Number(teacherMoves), [studentGroup]: Number(!teaching) };
}
