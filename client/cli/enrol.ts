/** `consilium-site enrol` @module */
import type { Command } from 'commander';
import { enrol } from '#client/agent/enrol';
import { nodeCrypto } from '#shared/crypto/node';
import { address } from './arguments.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface Options extends OutputOptions {
  readonly coordinator: string;
  readonly token: string;
  readonly dir: string;
}

/** Adds the command. */
export function addEnrol(program: Command): void {
  program
    .command('enrol')
    .description('makes keys here, has them certified, and writes the folder of a new site')
    .requiredOption('--coordinator <host:port>', "the coordinator's port for enrolment")
    .requiredOption('--token <token>', 'the invitation, single use')
    .requiredOption('--dir <dir>', 'the new folder of this site')
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(async (options: Options) => {
      const { site, consortium, host, port } = await enrol(
        { ...address(options.coordinator), token: options.token, dir: options.dir },
        nodeCrypto,
      );
      result(options, { site, consortium, coordinator: `${host}:${port}`, dir: options.dir }, [
        `${site} is enrolled in ${consortium}. Its keys are in ${options.dir} and nowhere else: keep that folder private.`,
        'The twelve words of the roster are shown with the first plan: consilium-site plan review.',
      ]);
    });
}
