/** JavaScript and declarations in `dist/`, and the import map that makes `#shared/x` mean `shared/x.js` there. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'scripts/tsconfig.build.json'], {
  stdio: 'inherit',
});
const imports = Object.fromEntries(['shared', 'client', 'coordinator'].map((top) => [`#${top}/*`, `./${top}/*.js`]));
writeFileSync('dist/package.json', JSON.stringify({ type: 'module', imports }));
