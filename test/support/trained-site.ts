/** The folder of a site that holds a trained model of an approved plan, made without a coordinator. @module */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '#client/agent/disk';
import { LocalState } from '#client/agent/local-state';
import { ModelStore } from '#client/agent/model-store';
import { writeSiteConfig } from '#client/agent/site-config';
import { planText } from '#client/cli/plan-draft';
import type { Pair } from '#client/data/types';
import { openSession } from '#client/train/session';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan, planBytes, planHash } from '#shared/governance/plan';
import { initialModel } from '#shared/model/apply';
import { toHex } from '#shared/util/bytes';
import { toSiteId } from '#shared/util/ids';

/** What to train. */
export interface TrainedSiteOptions {
  readonly method: string;
  readonly config: unknown;
  readonly rounds: number;
  readonly pairs: readonly Pair[];
  readonly files?: string;
}

/** Small encoders for phantom radiographs; a run of 10 rounds takes two seconds. */
export const smallClip = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 8, batchSize: 16, warmupSteps: 4, learningRate: 5e-3 },
} as const;

/** Trains, writes the folder and answers with the plan's id. */
export async function writeTrainedSite(dir: string, options: TrainedSiteOptions): Promise<string> {
  const { method, config, rounds, pairs, files } = options;
  const given = files === undefined ? {} : { files };
  const session = await openSession({ method, config, rounds, data: { pairs }, engine: 'onnx', seed: 1, ...given });
  try {
    const { weights, local } = await session.trainAlone(() => undefined);
    const draft = { name: 'study', rounds, sites: 3, weightCap: 512, bits: 16, encryption: 'none' };
    const plan = parsePlan(planText(draft, session.program));
    const planId = toHex(planHash(nodeCrypto, plan));
    writeSiteConfig(made(dir), {
      site: toSiteId('north')!, // a name that is allowed
      consortium: 'test',
      host: 'localhost',
      port: 1,
      coordinatorKey: new Uint8Array(32),
      certificatePem: '',
      caCertificatePem: '',
    });
    writeWhole(join(made(join(dir, 'approvals')), `${planId}.plan.json`), planBytes(plan));
    new ModelStore(dir, planId, nodeCrypto).install(rounds, {
      ...initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights),
      round: rounds,
    });
    new LocalState(dir, planId).keep(rounds, local);
    return planId;
  } finally {
    await session.dispose();
  }
}

function made(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}
