/** `status` and `sites`. */
import type { Command } from 'commander';
import { toHex } from '#shared/util/bytes';
import { decodeSites, decodeStatus } from '#shared/wire/operator';
import type { SiteSummary, Status } from '#shared/wire/types';
import { askCoordinator } from '../rpc/operator-client.ts';
import { onFolder } from './options.ts';
import type { AskOptions } from './options.ts';
import { result } from './output.ts';
import { table, time } from './text.ts';

export function addStatus(program: Command): void {
  onFolder(program.command('status')).description('where the consortium stands').action(showStatus);
}

export function addSites(program: Command): void {
  onFolder(program.command('sites')).description('every enrolled site').action(showSites);
}

async function showStatus(options: AskOptions): Promise<void> {
  const status = decodeStatus(await askCoordinator(options.dir, 'status'));
  const planHash = status.planHash === null ? null : toHex(status.planHash);
  result(options, { ...status, planHash }, statusLines(status, planHash));
}

function statusLines(status: Status, planHash: string | null): readonly string[] {
  const { consortium, mainPort, enrolmentPort, enrolledCount, connectedCount, approvedCount } = status;
  const rounds = `${status.roundsClosed} of ${status.roundsPlanned} rounds are over, ${status.roundsAccepted} accepted`;
  return [
    `${consortium}: port ${mainPort} for sites, port ${enrolmentPort} for enrolment`,
    `${enrolledCount} sites enrolled, ${connectedCount} connected`,
    planHash === null ? 'no plan is proposed yet' : `plan ${planHash}, approved by ${approvedCount} sites; ${rounds}`,
    ...(status.openRound === null ? [] : [`round ${status.openRound} is open`]),
    ...(status.waitingFor === '' ? [] : [`waiting for ${status.waitingFor}`]),
  ];
}

async function showSites(options: AskOptions): Promise<void> {
  const sites = decodeSites(await askCoordinator(options.dir, 'sites'));
  const rows = sites.map((site) => [
    site.site,
    site.connected ? 'connected' : 'away',
    site.rostered ? (site.approved ? 'approved' : 'rostered') : 'enrolled',
    time(site.certificateExpiresAtMs),
  ]);
  const lines =
    rows.length === 0
      ? ['no site is enrolled yet']
      : table([['site', 'now', 'standing', 'certificate until'], ...rows]);
  result(options, sites.map(asJson), lines);
}

function asJson(site: SiteSummary) {
  const { identityKey, sealingKey, tlsKeyHash, enrolledAtMs, certificateExpiresAtMs, ...rest } = site;
  return {
    ...rest,
    identityKey: toHex(identityKey),
    sealingKey: toHex(sealingKey),
    tlsKeyHash: toHex(tlsKeyHash),
    enrolledAt: new Date(enrolledAtMs).toISOString(),
    certificateExpiresAt: new Date(certificateExpiresAtMs).toISOString(),
  };
}
