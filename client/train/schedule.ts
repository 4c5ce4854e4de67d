/** The learning rate over a run. @module */
import type { TrainingConfig } from '#client/methods/config';

/**
 * The learning rate of a step, counted from 0 over all rounds: linear warm-up, then down to `finalShare` of the full rate
 * at the run's last step, by a cosine or by (1 - progress)^power.
 */
export function learningRateAt(step: number, totalSteps: number, config: TrainingConfig): number {
  const { learningRate, finalShare, decay, power } = config;
  const warmup = Math.min(config.warmupSteps, totalSteps);
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - 1 - warmup));
  const left = decay === 'cosine' ? (1 + Math.cos(Math.PI * progress)) / 2 : (1 - progress) ** power;
  return learningRate * (finalShare + (1 - finalShare) * left);
}
