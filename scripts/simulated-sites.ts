/**
 * Enrols simulated sites with the coordinator that runs on a folder, proposes a plan of one round and approves it at each.
 * Says `approved`, waits for a line, and takes part until the round is over: real machines, real masks, real connections,
 * vectors instead of training. Prints the words that are in the sum, as all sites opened it.
 * `node scripts/simulated-sites.ts DIR ENROLMENT_PORT COUNT LENGTH ENCRYPTION`
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { folderPaths } from '#coordinator/identity/folder';
import { enrolSites, proposePlan } from '../test/support/simulated-consortium.ts';
import { SimulatedSite } from '../test/support/simulated-site.ts';

const [dir = '', port = '', count = '', length = '', encryption = ''] = process.argv.slice(2);
const running = {
  dir,
  ports: { enrolment: Number(port) },
  authorityPem: readFileSync(folderPaths(dir).authority, 'utf8'),
};
const modulusBits = encryption === 'none' ? 22 : 32; // 22 are enough for 64 sites, and the same bytes for fewer
const enrolled = await enrolSites(running, Number(count));
await proposePlan(dir, {
  maxSites: Number(count),
  length: Number(length),
  sum: `  encryption: ${encryption}\n  modulusBits: ${String(modulusBits)}`,
  schedule: 'waitMs: 600000, trainingMs: 600000, phaseMs: 600000, unmaskMs: 600000',
});
const sites = enrolled.map(
  (site, i) => new SimulatedSite(site, { vector: (_, { wordCount }) => new Uint32Array(wordCount).fill(i + 1) }),
);
for (const site of sites) await site.approve();
process.stdout.write('approved\n');
await once(process.stdin, 'data');
process.stdin.destroy();
for (const site of sites) site.connect();
for (const site of sites) await site.until(() => site.closed.length === 1);
const outcomes = new Set(sites.map(({ closed }) => closed[0]?.outcome));
const sums = new Set<number>();
const lengths = new Set<number>();
for (const { aggregates } of sites) {
  const words = new Uint32Array(aggregates.get(1)?.slice().buffer ?? new ArrayBuffer(0));
  lengths.add(words.length);
  for (const word of words) sums.add(word);
}
process.stdout.write(`${JSON.stringify({ outcomes: [...outcomes], lengths: [...lengths], sums: [...sums] })}\n`);
for (const site of sites) site.stop();
