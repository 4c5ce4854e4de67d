/**
 * The agent of a site: connects outwards, checks the plan that was approved here, trains in a worker, takes part in the
 * rounds, folds the model.
 *
 * @module
 */
import { nodeCrypto } from '#shared/crypto/node';
import type { AgentOptions } from './agent-options.ts';
import { approvalOf } from './approvals.ts';
import { backOff } from './backoff.ts';
import { isTransient } from './call-error.ts';
import { Calls } from './calls.ts';
import type { Connection } from './calls.ts';
import { lockFolder } from './folder-lock.ts';
import { openKeys } from './key-store.ts';
import type { SiteKeys } from './key-store.ts';
import { Ledger } from './ledger.ts';
import { probeTls } from './probe-tls.ts';
import { readSiteConfig } from './site-config.ts';
import type { SiteConfig } from './site-config.ts';
import { checkStudy } from './study.ts';
import type { Study } from './study.ts';
import { takePart } from './take-part.ts';

/** Where a site's coordinator is, and how the site shows who it is. */
export function connectionOf(config: SiteConfig, keys: SiteKeys): Connection {
  const { host, port, caCertificatePem, certificatePem } = config;
  return { host, port, caCertificatePem, certificatePem, tlsKeyPem: keys.tlsKeyPem.expose() };
}

/**
 * Runs the agent until the plan is done (if asked to) or the signal aborts.
 *
 * @throws ProtocolError (planNotApproved, programMismatch), UsageError (noUsableRows, missingColumn, weightAboveCap,
 * badConfig), VerificationError (badCertificate, notRostered, modelMismatch), TransportError (diskFull, journalDamaged).
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const config = readSiteConfig(options.dir);
  const keys = openKeys(options.dir, nodeCrypto);
  const unlock = lockFolder(options.dir);
  const ledger = new Ledger(options.dir);
  const connection = connectionOf(config, keys);
  let plan: string | null = null;
  const calls = new Calls(connection, (kind, round, bytes) => {
    ledger.record({ plan, round, kind, bytes });
  });
  const hangUp = (): void => {
    calls.hangUp();
  };
  options.signal.addEventListener('abort', hangUp, { once: true });
  try {
    const study = await awaitStudy(options, config, keys, connection, calls);
    if (study === undefined) return;
    plan = study.planId;
    await takePart({ options, config, keys, calls, study });
  } finally {
    options.signal.removeEventListener('abort', hangUp);
    calls.close();
    ledger.close();
    unlock();
  }
}

/** The current plan, as soon as there is one, approved by this site; `undefined` when the signal aborts first. */
async function awaitStudy(
  { dir, signal, tell, diagnostics }: AgentOptions,
  config: SiteConfig,
  keys: SiteKeys,
  connection: Connection,
  calls: Calls,
): Promise<Study | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const current = await calls.getPlan();
      if (current !== null) {
        const study = checkStudy(current, config, keys, nodeCrypto);
        await handIn(dir, study, config, calls);
        return study;
      }
      tell({ kind: 'waiting', for: 'plan' });
      attempt = Math.min(attempt, 3);
    } catch (error) {
      if (!isTransient(error)) throw error;
      await refuseIfHopeless(connection, signal);
      tell({ kind: 'waiting', for: 'coordinator' });
      diagnostics.warn({ error: error instanceof Error ? error.message : '' }, 'the coordinator cannot be reached');
    }
    await backOff(attempt, signal);
  }
  return undefined;
}

/** A wrong certificate does not mend itself by waiting; everything else may. @throws VerificationError (badCertificate) */
async function refuseIfHopeless(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await probeTls(connection, signal);
  } catch (error) {
    if (!isTransient(error)) throw error;
  }
}

/** An approval that was given while the coordinator was away is handed in now. */
async function handIn(dir: string, study: Study, { site }: SiteConfig, calls: Calls): Promise<void> {
  const approval = approvalOf(dir, study, site);
  if (study.approvals.some((other) => other.site === site)) return;
  await calls.submitApproval(approval);
}
