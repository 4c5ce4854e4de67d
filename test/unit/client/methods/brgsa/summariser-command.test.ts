import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { commandSummariser } from '#client/methods/brgsa/summariser-command';
import { openSession } from '#client/train/session';

let dir = '';

/** A program whose body sees `report` and says `answer(statements)`. */
async function program(name: string, body: string): Promise<string> {
  const path = join(dir, `${name}.mjs`);
  await writeFile(
    path,
    `#!${process.execPath}
import { createInterface } from 'node:readline';
const answer = (statements) => console.log(JSON.stringify({ statements }));
for await (const line of createInterface({ input: process.stdin })) { const { report } = JSON.parse(line); ${body} }
`,
  );
  await chmod(path, 0o700);
  return path;
}

describe("a hospital's own summariser", () => {
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'consilium-'));
  });
  after(() => rm(dir, { recursive: true }));

  it('reads reports as lines of JSON and answers each with its statements', async () => {
    const own = commandSummariser(await program('split', "answer(report.split(' und '));"));
    assert.deepEqual(await own(['a und b', 'c\n"ä"', '']), [['a', 'b'], ['c\n"ä"'], ['']]);
    assert.deepEqual(await own([]), []);
  });

  it('takes more than a pipe holds', async () => {
    const own = commandSummariser(await program('long', 'answer([report.slice(0, 5000)]);'));
    const reports = Array.from({ length: 100 }, (_, i) => `${i} `.repeat(4000));
    assert.deepEqual(await own(reports), reports.map((report) => [report.slice(0, 5000)])); // prettier-ignore
  });

  it('is refused where it answers something else, too much, too little or not at all, and no report is told', async () => {
    const refused = async (name: string, body: string, code: string): Promise<void> => {
      const own = commandSummariser(await program(name, body));
      await assert.rejects(own(['a secret', 'b secret']), (error: Error & { code: string }) => {
        assert.equal(error.code, code, error.message);
        assert(!error.message.includes('secret'));
        return true;
      });
    };
    await refused('text', 'console.log(report);', 'badFormat');
    await refused('numbers', 'answer([7]);', 'badFormat');
    await refused('twice', 'answer([report]); answer([report]);', 'badFormat');
    await refused('once', "if (report === 'a secret') answer([]);", 'badConfig');
    await refused('failed', "answer([report]); if (report === 'b secret') process.exit(3);", 'badConfig');
    await assert.rejects(commandSummariser(join(dir, 'none'))(['a']), {
      code: 'badConfig',
      message: /cannot be started/,
    });
  });

  it('is started where the site names it, and never by a configuration', async () => {
    const data = {
      pairs: phantomPairs(phantomNamed('chest'), { seed: 1, site: 'north', trainPairs: 4, testPairs: 0 }),
    };
    const session = { method: 'brgsa', config: {}, rounds: 1, data, seed: 1, engine: 'reference' } as const;
    await assert.rejects(openSession({ ...session, summariser: join(dir, 'none') }), { code: 'badConfig' });
    const planned = { brgsa: { summariser: join(dir, 'none') } };
    await assert.rejects(openSession({ ...session, config: planned }), { code: 'badPlan', message: /summariser/ });
  });
});
