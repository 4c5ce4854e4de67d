/**
 * `npm run simulate -- --sites N --rounds R --seed S --seeds COUNT --byzantine coordinator|site|none --json FILE`: whole
 * federations in one process, with faults and liars drawn from a seed. See docs/explanation/simulator.md.
 */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ConsiliumError } from '#shared/errors';
import { runCampaign } from './simulate/campaign.ts';
import type { FailedSeed, Tally } from './simulate/campaign.ts';
import { simulateOptions } from './simulate/options.ts';
import type { SimulateOptions } from './simulate/options.ts';

setFlagsFromString('--semi-space-growth-factor=2'); // the coordinator's program keeps it at 1, for its memory's sake

async function simulate({ choice, seeds, only, json, quiet }: SimulateOptions): Promise<number> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let saidAt = began;
  let told = 0;
  const tally = await runCampaign({
    choice,
    seeds,
    only,
    progress: (done, failed) => {
      for (const one of failed.slice(told)) process.stderr.write(failureText(one));
      told = failed.length;
      if (quiet || (performance.now() - saidAt < 5_000 && done < seeds)) return;
      saidAt = performance.now();
      const rate = (done / (saidAt - began)) * 1000;
      process.stderr.write(`${done} of ${seeds} seeds, ${failed.length} failed, ${rate.toFixed(1)} a second\n`);
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const result = { ...choice, seeds, ...tally, seconds, cpuSeconds: (user + system) / 1e6 };
  if (json === '-') process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(tableOf(tally, seconds));
  if (json !== null && json !== '-') writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  return tally.failed.length === 0 ? 0 : 1;
}

function tableOf({ runs, outcomes, attempts, events, virtualMs, happened, failed }: Tally, seconds: number): string {
  const line = (name: string, value: string): string => `${name.padEnd(12)}${value}\n`;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  return [
    line('runs', `${runs}, ${seconds.toFixed(1)} s`),
    line('rounds', `${list(outcomes)}; ${attempts} attempts`),
    line('events', `${events} in ${Math.round(virtualMs / 1000)} s of virtual time`),
    line('happened', list(happened) || 'nothing'),
    line('violations', `${failed.length}`),
  ].join('');
}

function failureText({ seed, violation, command, smallCommand, operations }: FailedSeed): string {
  const { invariant, detail, atMs } = violation;
  const lines = [
    `seed ${seed} broke ${invariant} at ${atMs} ms: ${detail}`,
    `  again: ${command}`,
    `  small: ${smallCommand}`,
    ...operations.map((operation) => `    ${operation}`),
  ];
  return `${lines.join('\n')}\n`;
}

try {
  process.exitCode = await simulate(simulateOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ConsiliumError)) throw error;
  process.stderr.write(`${error.message} [${error.code}]\n`);
  process.exitCode = 2;
}
