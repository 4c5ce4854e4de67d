/** The learning rate over a run. @module */
import type { TrainingConfig } from '#client/methods/config';

/**
 * The learning rate of a step, counted from 0 over all rounds: linear warm-up, then a cosine down to `finalShare` of
 * the full rate at the run's last step.
 */
export function learningRateAt(step: number, totalSteps: number, config: TrainingConfig): number {
  const { learningRate, finalShare } = config;
  const warmup = Math.min(config.warmupSteps, totalSteps);
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - 1 - warmup));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalShare + (1 - finalShare) * cosine);
}
