/** `init DIR --name NAME`: keys, authority and settings of a new consortium, whole or not at all. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { nodeCrypto } from '#shared/crypto/node';
import { toHex } from '#shared/util/bytes';
import { openAuthority } from '../identity/authority.ts';
import { foundFolder, readAuthority, readIdentitySeed } from '../identity/folder.ts';
import { defaultSettings, formatSettings, parseSettings } from '../store/settings.ts';
import { collect, count, port, withOutput } from './options.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface InitOptions extends OutputOptions {
  readonly name: string;
  readonly host?: readonly string[];
  readonly listen: string;
  readonly port: number;
  readonly enrolPort: number;
  readonly tokenHours: number;
}

export function addInit(program: Command): void {
  withOutput(program.command('init <dir>'))
    .description('make the keys, the authority and the settings of a new consortium')
    .requiredOption('--name <name>', "the consortium's name")
    .option('--host <host>', 'a name or address under which sites reach it; may stand several times', collect)
    .option('--listen <address>', 'the address to listen on', defaultSettings.listen)
    .option('--port <port>', 'the port for sites; 0 takes a free one', port, defaultSettings.port)
    .option('--enrol-port <port>', 'the port for enrolment; 0 takes a free one', port, defaultSettings.enrolmentPort)
    .option('--token-hours <hours>', 'for how long an invitation can be used', count, defaultSettings.tokenHours)
    .action(init);
}

async function init(dir: string, options: InitOptions): Promise<void> {
  const { name, host = [], listen, port: main, enrolPort, tokenHours } = options;
  const given = {
    ...defaultSettings,
    name,
    hosts: [...host],
    listen,
    port: main,
    enrolmentPort: enrolPort,
    tokenHours,
  };
  const settings = parseSettings(formatSettings(given), 'the options of init'); // the rules of the file hold here too
  await foundFolder(dir, settings, Date.now());
  const { fingerprint } = await openAuthority(readAuthority(dir));
  const made = {
    dir: resolve(dir),
    name,
    port: main,
    enrolmentPort: enrolPort,
    authorityFingerprint: toHex(fingerprint),
    coordinatorKey: toHex(nodeCrypto.ed25519PublicKey(readIdentitySeed(dir))),
  };
  result(options, made, [
    `The consortium ${name} is founded in ${made.dir}; its keys are in keys/, for you alone. Make a backup of them.`,
    `Settings: ${made.dir}/coordinator.yaml. Start: consilium-coordinator serve --dir ${dir}`,
  ]);
}
