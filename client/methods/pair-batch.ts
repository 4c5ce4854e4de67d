/** The inputs that every method's programs share. @module */
import type { MethodConfig } from './config.ts';
import type { PairBatchSpecs, TrainBatchSpecs } from './types.ts';

/** The inputs for `size` pairs. */
export function pairBatchSpecs({ image, text }: MethodConfig, size: number): PairBatchSpecs {
  return {
    image: { shape: [size, image.size, image.size], dtype: 'float32' },
    ids: { shape: [size, text.length], dtype: 'int32' },
    mask: { shape: [size, text.length], dtype: 'float32' },
  };
}

/** The inputs of a training step. */
export function trainBatchSpecs(config: MethodConfig): TrainBatchSpecs {
  const size = config.training.batchSize;
  return { ...pairBatchSpecs(config, size), present: { shape: [size], dtype: 'float32' } };
}
