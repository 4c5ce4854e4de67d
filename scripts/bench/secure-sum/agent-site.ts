/** A site's own program in a round, with its disk, its keys and its connection, and a vector in the place of training. */
import { pino } from 'pino';
import { connectionOf } from '#client/agent/agent';
import { Calls } from '#client/agent/calls';
import { openKeys } from '#client/agent/key-store';
import { ModelStore } from '#client/agent/model-store';
import { readSiteConfig } from '#client/agent/site-config';
import { checkStudy } from '#client/agent/study';
import type { Study } from '#client/agent/study';
import { converse } from '#client/agent/take-part';
import { nodeCrypto } from '#shared/crypto/node';
import { signApproval } from '#shared/governance/approval';

/** Gives a round's delta, which belongs to whoever asked. */
export type DeltaSource = (length: number) => Float32Array;

/** An enrolled site; `port` is where it finds the coordinator, or something before it. */
export interface AgentSite {
  readonly dir: string;
  readonly port?: number;
}

/** Signs the current plan. */
export async function approve(site: AgentSite): Promise<void> {
  await withCalls(site, async (calls, study) => {
    const { site: name } = readSiteConfig(site.dir);
    const { planHash, rosterHash } = study;
    const seed = openKeys(site.dir, nodeCrypto).identitySeed.expose();
    await calls.submitApproval(signApproval(nodeCrypto, seed, { site: name, planHash, rosterHash }));
  });
}

/**
 * Takes part until the rounds of the plan are over; `closed` hears of each.
 *
 * @throws as the agent does, and Error if a round was not accepted.
 */
export async function takePartWith(
  site: AgentSite,
  delta: DeltaSource,
  closed: (round: number) => void = () => undefined,
): Promise<void> {
  await withCalls(site, async (calls, study) => {
    const wrong: string[] = [];
    const options = {
      dir: site.dir,
      data: '',
      engine: 'auto',
      threads: 1,
      seed: 1,
      noMasks: false,
      untilDone: true,
      tell: (progress) => {
        if (progress.kind === 'refused') wrong.push(progress.code);
        if (progress.kind !== 'round') return;
        if (progress.outcome !== 'accepted') wrong.push(progress.outcome);
        closed(progress.round);
      },
      diagnostics: pino({ level: 'warn' }, pino.destination(2)),
      signal: new AbortController().signal,
    } satisfies Parameters<typeof converse>[0]['options'];
    const config = readSiteConfig(site.dir);
    const keys = openKeys(site.dir, nodeCrypto);
    const models = new ModelStore(site.dir, study.planId, nodeCrypto);
    const length = study.plan.sum.segments[0]?.length ?? 0;
    const trained = (): ReturnType<Trained> =>
      Promise.resolve({
        delta: delta(length),
        rows: [],
        local: none,
        evaluation: null,
        exampleCount: 1,
        lossNats: 0,
        steps: 1,
      });
    await converse(
      { options, config, keys, calls, study },
      { trainRound: trained, figures: () => Promise.resolve({}) },
      models,
    );
    if (wrong.length > 0) throw new Error(`the rounds did not go well: ${wrong.join(', ')}`);
  });
}

const none = new Float32Array(0);

type Trained = Parameters<typeof converse>[1]['trainRound'];

async function withCalls({ dir, port }: AgentSite, work: (calls: Calls, study: Study) => Promise<void>): Promise<void> {
  const stored = readSiteConfig(dir);
  const config = port === undefined ? stored : { ...stored, port };
  const keys = openKeys(dir, nodeCrypto);
  const calls = new Calls(connectionOf(config, keys), () => undefined);
  try {
    const current = await calls.getPlan();
    if (current === null) throw new Error('no plan is proposed');
    await work(calls, checkStudy(current, config, keys, nodeCrypto));
  } finally {
    calls.close();
  }
}
