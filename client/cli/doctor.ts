/** `consilium-site doctor` @module */
import { X509Certificate } from 'node:crypto';
import type { Command } from 'commander';
import { connectionOf } from '#client/agent/agent';
import { openKeys } from '#client/agent/key-store';
import { probeTls } from '#client/agent/probe-tls';
import { readSiteConfig } from '#client/agent/site-config';
import { probeEngines } from '#client/engine/probe';
import type { EngineProbe } from '#client/engine/probe';
import { nodeCrypto } from '#shared/crypto/node';
import { errorLine } from '#shared/util/exit-code';
import { whole } from './arguments.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';

interface Options extends OutputOptions {
  readonly dir?: string;
  readonly threads: number;
}

/** One thing of a site that works, or why it does not. */
interface Check {
  readonly name: 'keys' | 'certificate' | 'coordinator';
  readonly works: boolean;
  readonly says: string;
}

/** Adds the command. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('which engines work on this machine, and with --dir whether keys, certificate and connection do')
    .option('--dir <dir>', 'the folder of this site')
    .option('--threads <n>', 'threads of the numeric library', whole(1), 1)
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people')
    .action(async (options: Options) => {
      const engines = await probeEngines(options.threads);
      const checks = options.dir === undefined ? [] : await checkSite(options.dir);
      result(options, { engines, checks }, [...engines.map(engineLine), ...checks.map(checkLine)]);
      const isWell = engines.some(({ works }) => works) && checks.every(({ works }) => works);
      if (!isWell) process.exitCode = 1;
    });
}

async function checkSite(dir: string): Promise<readonly Check[]> {
  const config = readSiteConfig(dir);
  const keys = checked('keys', () => {
    openKeys(dir, nodeCrypto);
    return 'only their owner can read them';
  });
  const certificate = checked('certificate', () => {
    const { validTo, validToDate } = new X509Certificate(config.certificatePem);
    if (validToDate.getTime() < Date.now()) throw new Error(`expired at ${validTo}: enrol anew`);
    return `valid until ${validTo}`;
  });
  return keys.works ? [keys, certificate, await checkConnection(dir)] : [keys, certificate];
}

async function checkConnection(dir: string): Promise<Check> {
  const config = readSiteConfig(dir);
  try {
    await probeTls(connectionOf(config, openKeys(dir, nodeCrypto)));
    return { name: 'coordinator', works: true, says: `${config.host}:${config.port} answers over TLS 1.3` };
  } catch (error) {
    return { name: 'coordinator', works: false, says: errorLine(error) };
  }
}

function checked(name: Check['name'], check: () => string): Check {
  try {
    return { name, works: true, says: check() };
  } catch (error) {
    return { name, works: false, says: errorLine(error) };
  }
}

function engineLine(probe: EngineProbe): string {
  if (probe.works) return `engine ${probe.engine}: works, ${probe.stepMs.toFixed(1)} ms for a step of 50 MFLOP`;
  return `engine ${probe.engine}: does not work here: ${probe.reason}`;
}

function checkLine({ name, works, says }: Check): string {
  return `${name}: ${works ? 'fine' : 'NOT fine'}: ${says}`;
}
