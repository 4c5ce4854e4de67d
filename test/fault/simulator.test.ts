import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { combineShares } from '#shared/crypto/shamir';
import { runCampaign } from '../../scripts/simulate/campaign.ts';
import { drawOps } from '../../scripts/simulate/draw-ops.ts';
import { Draws } from '../../scripts/simulate/draws.ts';
import { opText } from '../../scripts/simulate/op-text.ts';
import { simulateOptions } from '../../scripts/simulate/options.ts';
import { runOnce } from '../../scripts/simulate/run.ts';
import { dealtShares } from '../../scripts/simulate/sharing.ts';
import { shrunk } from '../../scripts/simulate/shrink.ts';
import { Timeline } from '../../scripts/simulate/timeline.ts';
import type { Choice, Op } from '../../scripts/simulate/types.ts';

const choice: Choice = { sites: 5, rounds: 2, seed: 3, byzantine: 'coordinator', enrolled: 5, played: 2 };

/** Runs the program. */
function simulate(...args: readonly string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate.ts', ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

describe('the simulator', () => {
  it('does the same again for the same seed', async () => {
    const [once, again] = [await runOnce(choice, drawOps(choice)), await runOnce(choice, drawOps(choice))];
    assert.deepEqual(once, again);
    const other = { ...choice, seed: 4 };
    assert.notDeepEqual(once, await runOnce(other, drawOps(other)));
  });

  it('lets things happen in the order of their time, and of their announcement', () => {
    const timeline = new Timeline();
    const seen: string[] = [];
    const note = (name: string) => (): void => {
      seen.push(`${name} ${timeline.nowMs}`);
    };
    timeline.at(20, note('late'));
    timeline.at(10, note('first'));
    timeline.at(10, note('second'));
    const callOff = timeline.at(15, note('never'));
    timeline.at(12, () => {
      timeline.after(1, note('after'));
      callOff();
    });
    while (timeline.next());
    assert.deepEqual(seen, ['first 10', 'second 10', 'after 13', 'late 20']);
  });

  it('draws by name, so that one draw changes no other', () => {
    const draws = new Draws(7);
    const before = draws.bytes(40, 'key', 'site-1');
    draws.sequence('something else').word();
    assert.deepEqual(draws.bytes(40, 'key', 'site-1'), before);
    assert.notDeepEqual(draws.bytes(40, 'key', 'site-2'), before);
    assert.notDeepEqual(new Draws(8).bytes(40, 'key', 'site-1'), before);
    assert.ok(
      Array.from({ length: 1000 }, (_, i) => draws.between(3, 5, i)).every((drawn) => drawn >= 3 && drawn <= 5),
    );
  });

  it('deals shares that the real package combines, from the threshold on', async () => {
    const draws = new Draws(1);
    const secret = draws.bytes(32, 'secret');
    const shares = dealtShares(secret, 7, 4, draws.bytes(96, 'coefficients'));
    assert.deepEqual(await combineShares(shares.slice(2, 6)), secret);
    assert.notDeepEqual(await combineShares(shares.slice(2, 5)), secret);
  });

  it('shrinks a failing run to the rounds, the sites and the operations that it takes', async () => {
    const ops = Array.from({ length: 40 }, (_, nth): Op => ({ op: 'late', nth, ms: 1 }));
    const failing = await shrunk(choice, ops, 'sum', 300, async (of, kept) => {
      const late = kept.flatMap((op) => (op.op === 'late' ? [op.nth] : []));
      return Promise.resolve(late.includes(7) && late.includes(31) && of.enrolled >= 4 ? 'sum' : undefined);
    });
    assert.deepEqual(failing.kept, [7, 31]);
    assert.deepEqual([failing.choice.played, failing.choice.enrolled], [1, 4]);
  });

  it('prints a failing seed with the command that repeats it, and a shorter one', async () => {
    const flaws = { site: { keepsItsSecrets: true } };
    const of: Choice = { ...choice, byzantine: 'none', seed: 1 };
    const { failed } = await runCampaign({ choice: of, seeds: 60, flaws, enough: 1, shrinkRuns: 60 });
    const [first] = failed;
    assert.equal(first?.violation.invariant, 'freshSeeds');
    assert.equal(first.command, `npm run simulate -- --sites 5 --rounds 2 --seed ${first.seed} --byzantine none`);
    assert.ok(first.operations.length <= drawOps({ ...of, seed: first.seed }).length);
    const options = simulateOptions(first.smallCommand.replaceAll("'", '').split(' -- ')[1]?.split(' ') ?? []);
    const again = await runCampaign({ choice: options.choice, seeds: 1, only: options.only, flaws, shrinkRuns: 0 });
    assert.equal(again.failed[0]?.violation.invariant, 'freshSeeds');
  });

  it('says every operation in words', () => {
    const texts = (['none', 'coordinator', 'site'] as const).flatMap((byzantine) =>
      Array.from({ length: 20 }, (_, seed) => drawOps({ ...choice, byzantine, seed }).map(opText)).flat(),
    );
    assert.ok(texts.every((text) => text.length > 20 && !text.includes('undefined') && !text.includes('object')));
  });

  it('ends with 0 when every promise was kept and with 2 when it is called wrongly', () => {
    const { code, out, err } = simulate('--sites', '4', '--rounds', '1', '--seeds', '2', '--json', '-');
    assert.equal(code, 0, err);
    const result = JSON.parse(out) as Readonly<Record<string, unknown>>;
    assert.deepEqual([result['runs'], result['failed']], [2, []]);
    for (const args of [
      ['--sites', '2'],
      ['--byzantine', 'everybody'],
      ['--site', '4'],
      ['--only', 'x'],
    ]) {
      const wrong = simulate(...args);
      assert.deepEqual([wrong.code, wrong.err.includes('[badArgument]')], [2, true]);
    }
  });
});
