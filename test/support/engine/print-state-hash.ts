/** Trains the small CLIP step for three steps on so many threads, and prints the hash of its state. */
import { clipBatch, clipConfigs, clipStep, clipWeights } from './clip.ts';
import { stateAfter, stateHash } from './run.ts';
import { valuesOf } from './training.ts';

const config = clipConfigs.small;
const batches = [1, 2, 3].map((t) => clipBatch(config, 4, t));
const options = { engine: 'onnx', threads: Number(process.argv[2]), init: valuesOf(clipWeights(config)) } as const;
process.stdout.write(stateHash(await stateAfter(clipStep(config, 4), options, batches)));
