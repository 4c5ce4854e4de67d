/**
 * `npm run install-tensorflow [-- --cpu] [-- --mirror URL | --libtensorflow FILE]`: TensorFlow's own library as an
 * engine. It is no dependency, because its installer downloads 400 MB and more from a storage host that many hospitals
 * block, and `npm ci` must not fail there. A later `npm ci` removes it again.
 *
 * --cpu                 the library without CUDA
 * --mirror URL          a copy of https://storage.googleapis.com with the same paths below it: the library at
 *                       tensorflow/libtensorflow/, the addon at tf-builds/pre-built-binary/
 * --libtensorflow FILE  an archive of libtensorflow (.tar.gz, .zip) that is already here; the addon then comes from the
 *                       storage host or is compiled, which takes a C++ compiler and the headers of Node
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const version = '4.22.0';
/** What this version of tfjs-node was built on. */
const libraryVersion = '2.9.1';

/** Ends the program with a sentence and what can be done. */
function fail(sentence) {
  process.stderr.write(`${sentence}\nEverything runs without TensorFlow: the engine onnx is the default.\n`);
  process.exit(1);
}

function run(command, args, { cwd = root, env = {} } = {}) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const shell = process.platform === 'win32'; // npm is a script there
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: 'inherit',
    shell,
    env: { ...process.env, PATH: path, ...env },
  });
  return status === 0;
}

/** Where the installers of tfjs-node and of its addon look instead of the storage host. */
function mirrorEnv(url) {
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    TFJS_NODE_CDN_STORAGE: base,
    npm_config_tfjs_binding_binary_host_mirror: `${base}tf-builds/pre-built-binary`,
  };
}

/** Unpacks the archive where the package's installer looks for it, and lets it build on that. */
function installFrom(archive, name, kind) {
  const target = join(root, 'node_modules', name);
  const deps = join(target, 'deps');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(deps, { recursive: true });
  if (!run('tar', ['-xf', archive, '-C', deps]))
    fail(`${archive} cannot be unpacked: it must be a .tar.gz or .zip archive.`);
  const plain = join(deps, 'lib', 'libtensorflow.so');
  const wanted = `${plain}.${libraryVersion}`; // the installer looks for this one and takes any of version 2
  if (process.platform === 'linux' && existsSync(plain) && !existsSync(wanted)) symlinkSync('libtensorflow.so', wanted);
  if (!existsSync(join(deps, 'lib'))) fail(`${archive} has no lib folder: it is not a libtensorflow archive.`);
  return run(process.execPath, [join('scripts', 'install.js'), kind], { cwd: target });
}

/** Loads the engine in a new process, as the programs will. */
function check() {
  const source = [
    "import { nativeTensorflow } from '#client/engine/backend';",
    'const { usesGpu } = await nativeTensorflow();',
    "process.stdout.write(`TensorFlow is installed, ${usesGpu ? 'with' : 'without'} a GPU.\\n`);",
    'process.exit(0);',
  ].join('\n');
  return run('node', ['--input-type=module-typescript', '--eval', source]);
}

const options = { cpu: { type: 'boolean' }, mirror: { type: 'string' }, libtensorflow: { type: 'string' } };
let values;
try {
  values = parseArgs({ options }).values;
} catch (error) {
  fail(`${error.message} Usage: npm run install-tensorflow [-- --cpu] [--mirror URL | --libtensorflow FILE]`);
}
const { cpu = false, mirror, libtensorflow } = values;
if (mirror !== undefined && libtensorflow !== undefined) fail('Give --mirror or --libtensorflow, not both.');
if (mirror !== undefined && !URL.canParse(mirror))
  fail(`--mirror ${mirror} is not an address such as https://mirror.example/`);
const archive = libtensorflow === undefined ? undefined : resolve(libtensorflow);
if (archive !== undefined && !existsSync(archive)) fail(`${archive} does not exist.`);

const [name, kind] = cpu ? ['@tensorflow/tfjs-node', 'cpu'] : ['@tensorflow/tfjs-node-gpu', 'gpu'];
const install = ['install', '--no-save', '--no-audit', '--no-fund', '--foreground-scripts', `${name}@${version}`];
const installed =
  archive === undefined
    ? run('npm', install, { env: mirror === undefined ? {} : mirrorEnv(mirror) })
    : run('npm', [...install, '--ignore-scripts']) && installFrom(archive, name, kind);
if (!installed) {
  fail(
    `${name} was not installed: the lines above say why. Where its host is blocked, use --mirror or --libtensorflow.`,
  );
}
if (!check())
  fail(
    `${name} is installed and does not load: ${kind === 'gpu' ? 'it needs CUDA 11.2 and cuDNN 8; --cpu needs neither.' : 'the lines above say why.'}`,
  );
