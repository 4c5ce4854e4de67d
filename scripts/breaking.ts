/** `buf breaking` against the last release: a wire format that older sites speak may grow, and change in nothing else. */
import { execFileSync, spawnSync } from 'node:child_process';

/** The tags of releases, the newest version first. */
const releases = execFileSync('git', ['tag', '--list', 'v*', '--sort=-version:refname'], { encoding: 'utf8' })
  .split('\n')
  .filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
const [last] = releases;
if (last === undefined) {
  process.stdout.write('no release yet: there is no wire format to break\n');
} else {
  process.stdout.write(`the wire format against ${last}\n`);
  const against = `.git#tag=${last},subdir=proto`;
  const { status } = spawnSync('buf', ['breaking', 'proto', '--against', against], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
