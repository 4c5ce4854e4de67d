/** A failing run made small: fewer rounds, fewer operations, fewer sites, while the same promise stays broken. */
import type { Choice, Invariant, Op } from './types.ts';

/** A run that fails, by the places of its operations in the list that was drawn. */
export interface Failing {
  readonly choice: Choice;
  readonly kept: readonly number[];
}

/** Runs a choice with these operations; the promise that it breaks, if any. */
type Breaks = (choice: Choice, ops: readonly Op[]) => Promise<Invariant | undefined>;

/** The smallest run that was found with so many tries; delta debugging over the operations (Zeller and Hildebrandt 2002). */
export async function shrunk(
  choice: Choice,
  ops: readonly Op[],
  invariant: Invariant,
  mostRuns: number,
  breaks: Breaks,
): Promise<Failing> {
  let runs = 0;
  const stillFails = async ({ choice: of, kept }: Failing): Promise<boolean> => {
    runs += 1;
    if (runs > mostRuns) return false;
    return (await breaks(of, opsOf(of, ops, kept))) === invariant;
  };
  let failing: Failing = { choice, kept: ops.map((_, i) => i) };
  failing = await first(failing, fewerRounds(failing), stillFails);
  failing = await fewerOps(failing, stillFails);
  const fewer = await first(failing, fewerSites(failing), stillFails);
  return fewer === failing ? failing : fewerOps(fewer, stillFails);
}

/** The operations of these places that name no site which is not enrolled. */
export function opsOf({ enrolled }: Choice, ops: readonly Op[], kept: readonly number[]): readonly Op[] {
  const isThere = (site: string): boolean => site === 'coordinator' || Number(site.slice('site-'.length)) < enrolled;
  return kept.flatMap((i) => {
    const op = ops[i];
    if (op === undefined) return [];
    const site = 'site' in op ? op.site : 'who' in op ? op.who : 'coordinator';
    return isThere(site) ? [op] : [];
  });
}

type Fails = (failing: Failing) => Promise<boolean>;

function fewerRounds({ choice, kept }: Failing): readonly Failing[] {
  return Array.from({ length: choice.played - 1 }, (_, i) => ({ choice: { ...choice, played: i + 1 }, kept }));
}

function fewerSites({ choice, kept }: Failing): readonly Failing[] {
  const counts = Array.from({ length: Math.max(0, choice.enrolled - 3) }, (_, i) => i + 3);
  return counts.map((enrolled) => ({ choice: { ...choice, enrolled }, kept }));
}

async function first(failing: Failing, smaller: readonly Failing[], stillFails: Fails): Promise<Failing> {
  for (const candidate of smaller) if (await stillFails(candidate)) return candidate;
  return failing;
}

/** Leaves out pieces, large ones first, then smaller ones, until no single operation can be left out. */
async function fewerOps(failing: Failing, stillFails: Fails): Promise<Failing> {
  let { kept } = failing;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length;) {
      const without = kept.filter((_, i) => i < from || i >= from + size);
      if (await stillFails({ ...failing, kept: without })) kept = without;
      else from += size;
    }
  }
  return { ...failing, kept };
}
