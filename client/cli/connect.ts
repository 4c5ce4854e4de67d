/** A short conversation of an enrolled site with its coordinator, for commands that are no agent. @module */
import { connectionOf } from '#client/agent/agent';
import { isTransient } from '#client/agent/call-error';
import { Calls } from '#client/agent/calls';
import { openKeys } from '#client/agent/key-store';
import type { SiteKeys } from '#client/agent/key-store';
import { Ledger } from '#client/agent/ledger';
import { probeTls } from '#client/agent/probe-tls';
import { readSiteConfig } from '#client/agent/site-config';
import type { SiteConfig } from '#client/agent/site-config';
import { checkStudy } from '#client/agent/study';
import type { Study } from '#client/agent/study';
import { nodeCrypto } from '#shared/crypto/node';
import { UsageError } from '#shared/errors';

/** What a command gets to work with. */
export interface Conversation {
  readonly config: SiteConfig;
  readonly keys: SiteKeys;
  readonly calls: Calls;
  /** The plan that the coordinator holds. @throws UsageError (notFound) if there is none. */
  readonly study: () => Promise<Study>;
}

/** Runs `talk` with a connection, which is closed afterwards. */
export async function converse<T>(dir: string, talk: (conversation: Conversation) => Promise<T>): Promise<T> {
  const config = readSiteConfig(dir);
  const keys = openKeys(dir, nodeCrypto);
  const ledger = new Ledger(dir);
  const connection = connectionOf(config, keys);
  const calls = new Calls(connection, (kind, round, bytes) => {
    ledger.record({ plan: null, round, kind, bytes });
  });
  const study = async (): Promise<Study> => {
    const current = await calls.getPlan();
    if (current !== null) return checkStudy(current, config, keys, nodeCrypto);
    throw new UsageError('notFound', `${config.consortium} has no plan yet: come back when one was proposed`);
  };
  try {
    return await talk({ config, keys, calls, study });
  } catch (error) {
    if (isTransient(error)) await probeTls(connection); // says why
    throw error;
  } finally {
    calls.close();
    ledger.close();
  }
}
