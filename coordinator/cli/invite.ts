/** `invite SITE`: a token with which one site enrols once. */
import type { Command } from 'commander';
import type { SiteId } from '#shared/util/ids';
import { decodeInvitation, encodeInviteRequest } from '#shared/wire/operator';
import { readSettings } from '../identity/folder.ts';
import { askCoordinator } from '../rpc/operator-client.ts';
import { count, onFolder, siteId } from './options.ts';
import type { AskOptions } from './options.ts';
import { result } from './output.ts';
import { time } from './text.ts';

const hourMs = 3_600_000;

export function addInvite(program: Command): void {
  onFolder(program.command('invite'))
    .argument('<site>', 'the id that the site will have', siteId)
    .description('make a single-use enrolment token for a site')
    .option('--hours <hours>', 'for how long it can be used, else as the settings say', count)
    .action(invite);
}

async function invite(site: SiteId, options: AskOptions & { readonly hours?: number }): Promise<void> {
  const validMs = (options.hours ?? readSettings(options.dir).tokenHours) * hourMs;
  const answer = await askCoordinator(options.dir, 'invite', encodeInviteRequest({ site, validMs }));
  const { token, expiresAtMs, rosterWords } = decodeInvitation(answer);
  const expiresAt = new Date(expiresAtMs).toISOString();
  result(options, { site, token, expiresAt, rosterWords: rosterWords.length === 0 ? null : rosterWords }, [
    token,
    `For ${site}, once, until ${time(expiresAtMs)}. Give it to the site by a way that others do not read.`,
    ...(rosterWords.length === 0 ? [] : [`Roster words, to be compared by voice: ${rosterWords.join(' ')}`]),
  ]);
}
