import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '#client/agent/journal';
import { runProgram, TestConsortium } from '../support/consortium.ts';
import type { Ended } from '../support/consortium.ts';

const header = 'id,image_path,report_text,labels,site,patient_id';

/** One line for people, with its code, and the right exit code. */
function assertRefused({ code, err }: Ended, exitCode: number, errorCode: string): void {
  const lines = err
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
  assert.equal(lines.length, 1, err);
  assert.match(lines[0] ?? '', new RegExp(`^consilium-site: .+ \\[${errorCode}\\]$`));
  assert.equal(code, exitCode);
}

/** A copy with its modes: `cpSync` does not keep those of folders. */
function copy(from: string, to: string): void {
  assert.equal(spawnSync('cp', ['-a', from, to]).status, 0);
}

/** Every file under a folder with its size. */
function files(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name)).isFile())
    .map((name) => `${name} ${statSync(join(dir, name)).size}`)
    .sort();
}

describe('consilium-site, when something is wrong', () => {
  let consortium: TestConsortium;
  let other: TestConsortium;
  let plan: string;
  let csv: string;

  before(async () => {
    consortium = await TestConsortium.start();
    other = await TestConsortium.start();
    for (const site of ['north', 'south', 'west']) consortium.enrol(site);
    plan = consortium.propose();
    csv = join(consortium.dir, 'pairs.csv');
    writeFileSync(csv, `${header}\na,missing.png,a report,,north,p\n`);
  });
  after(async () => {
    await consortium.stop();
    await other.stop();
  });

  const north = (): string => consortium.siteDir('north');
  const run = (...args: readonly string[]): Ended =>
    runProgram('client', ['run', '--dir', north(), '--data', csv, '--until-done', ...args]);

  it('refuses to run a plan that nobody here has approved', () => {
    assertRefused(run(), 3, 'planNotApproved');
    assert(!existsSync(join(north(), 'models')));
  });

  it('refuses to approve another plan than the current one, or other words', () => {
    assertRefused(runProgram('client', ['plan', 'approve', '0123456789abcdef', '--dir', north()]), 2, 'notFound');
    const words = ['--words', 'abandon '.repeat(12)];
    assertRefused(runProgram('client', ['plan', 'approve', plan, '--dir', north(), ...words]), 3, 'contextMismatch');
    assert(!existsSync(join(north(), 'approvals')));
  });

  it('says that a pairs.csv has no usable row, lacks a column, or is not there', () => {
    assert.equal(runProgram('client', ['plan', 'approve', plan.slice(0, 16), '--dir', north()]).code, 0);
    const before = files(join(north(), 'keys'));
    assertRefused(run(), 2, 'noUsableRows');
    writeFileSync(csv, 'id,image_path,labels,site,patient_id\n');
    assertRefused(run(), 2, 'missingColumn');
    rmSync(csv);
    assertRefused(run(), 2, 'noSuchFile');
    assert(!existsSync(join(north(), 'models')));
    assert.deepEqual(files(join(north(), 'keys')), before);
  });

  it('refuses a plan that it has said no to', () => {
    const south = consortium.siteDir('south');
    const why = ['--why', 'the ethics board meets next month'];
    assert.equal(runProgram('client', ['plan', 'refuse', plan, '--dir', south, ...why]).code, 0);
    assertRefused(runProgram('client', ['run', '--dir', south, '--data', csv]), 3, 'planNotApproved');
  });

  it('says whose certificate is wrong when it meets another consortium', () => {
    const lost = join(consortium.dir, 'lost');
    copy(consortium.siteDir('west'), lost);
    const file = join(lost, 'site.json');
    const { port } = consortium.ports;
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(port), String(other.ports.port)));
    assertRefused(runProgram('client', ['plan', 'review', '--dir', lost]), 3, 'badCertificate');
    assertRefused(runProgram('client', ['run', '--dir', lost, '--data', csv, '--quiet']), 3, 'badCertificate');
    // The other way round: it trusts the server, which does not trust it.
    writeFileSync(join(lost, 'ca.pem'), readFileSync(join(other.coordinatorDir, 'keys', 'authority.pem')));
    assertRefused(runProgram('client', ['plan', 'review', '--dir', lost]), 3, 'badCertificate');
  });

  it('refuses a token of another consortium, a used one and one that is none, and leaves no folder', () => {
    const enrol = (token: string): Ended => {
      const coordinator = `localhost:${consortium.ports.enrolmentPort}`;
      const dir = join(consortium.dir, 'new');
      return runProgram('client', ['enrol', '--coordinator', coordinator, '--token', token, '--dir', dir]);
    };
    const before = readdirSync(consortium.dir);
    assertRefused(enrol(other.token('east')), 3, 'badCertificate');
    assertRefused(enrol('no-token'), 2, 'badFormat');
    const token = consortium.token('east');
    assert.equal(enrol(token).code, 0);
    assertRefused(enrol(token), 2, 'notEmpty');
    rmSync(join(consortium.dir, 'new'), { recursive: true });
    assertRefused(enrol(token), 3, 'tokenUsed');
    assert.deepEqual(readdirSync(consortium.dir), before);
  });

  it('refuses keys that others can read, and a folder that is no site', () => {
    const open = join(consortium.dir, 'open');
    copy(north(), open);
    spawnSync('chmod', ['644', join(open, 'keys', 'identity.key')]);
    assertRefused(runProgram('client', ['plan', 'review', '--dir', open]), 2, 'badConfig');
    assertRefused(runProgram('client', ['ledger', '--dir', consortium.dir]), 2, 'notFound');
  });

  it('says in one line that the coordinator is away', () => {
    const lost = join(consortium.dir, 'away');
    copy(consortium.siteDir('west'), lost);
    const file = join(lost, 'site.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(consortium.ports.port), '1'));
    assertRefused(runProgram('client', ['plan', 'review', '--dir', lost]), 4, 'unavailable');
  });

  it('ends with one line when the disk is full while it writes the ledger, and leaves only whole records', () => {
    const full = join(consortium.dir, 'full');
    copy(north(), full);
    const { journal } = Journal.open(join(full, 'ledger.jsonl'));
    while (statSync(journal.path).size < 4096 - 120) journal.append('{"kind":"filler"}');
    journal.close();
    const before = files(full);
    assertRefused(
      runProgram('client', ['run', '--dir', full, '--data', csv], Math.ceil(statSync(journal.path).size / 1024)),
      4,
      'diskFull',
    );
    assert.deepEqual(files(full), before);
  });
});

describe('a journal on a disk that fills up', () => {
  it('says diskFull, keeps every whole record, and goes on when there is space again', () => {
    const dir = mkdtempSync(join(tmpdir(), 'full-'));
    const path = join(dir, 'journal');
    const program = `
      import { Journal } from '#client/agent/journal';
      const { journal } = Journal.open(${JSON.stringify(path)});
      let written = 0;
      try { for (;;) { journal.append(JSON.stringify({ n: written, filler: 'x'.repeat(100) })); written++; } }
      catch (error) { console.log(JSON.stringify({ written, code: error.code, message: error.message })); }`;
    const limited = [
      '-c',
      'ulimit -f 8; exec "$@"',
      'limited',
      process.execPath,
      '--input-type=module',
      '--eval',
      program,
    ];
    const { stdout } = spawnSync('bash', limited, {
      encoding: 'utf8',
      cwd: new URL('../..', import.meta.url).pathname,
    });
    const { written, code, message } = JSON.parse(stdout) as { written: number; code: string; message: string };
    assert.equal(code, 'diskFull');
    assert.match(message, /^no space to write .*: make space/);
    assert(written > 20);
    const { journal, records } = Journal.open(path);
    assert.equal(records.length, written);
    journal.append('{"kind":"after"}');
    journal.close();
    assert.equal(Journal.open(path).records.length, written + 1);
    rmSync(dir, { recursive: true });
  });
});
