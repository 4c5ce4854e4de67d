/**
 * One honest round of which every state and message is kept, so that any message can be put to any phase, and the names
 * that proto/spec/secure-sum.md gives to the answers in its tables.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  CoordinatorEvent,
  CoordinatorState,
  CoordinatorStep,
  SiteEvent,
  SiteState,
  SiteStep,
} from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { Federation } from './federation.ts';
import { study } from './study.ts';
import type { Study } from './study.ts';

/** The first state of each phase, in order, and every event of one kind or message. */
export interface HonestRound {
  readonly plan: Study;
  readonly site: SiteId;
  readonly coordinatorStates: ReadonlyMap<CoordinatorState['phase'], CoordinatorState>;
  readonly coordinatorEvents: ReadonlyMap<string, CoordinatorEvent>;
  readonly siteStates: ReadonlyMap<SiteState['phase'], SiteState>;
  readonly siteEvents: ReadonlyMap<string, SiteEvent>;
}

/** A round of four sites; the site looked at speaks first in every phase. */
export async function honestRound(): Promise<HonestRound> {
  const plan = study({ count: 4 });
  const site = plan.names[0]!;
  const fed = await new Federation(plan).run();
  const coordinator = foldCoordinator(plan, site, fed.coordinator.journal);
  const member = foldSite(fed, site);
  return { plan, site, ...coordinator, ...member };
}

/** What a step did, in the words of the tables: `accept`, `again`, `ignore`, or the code of a refusal. */
export function answerOf(before: CoordinatorState | SiteState, step: CoordinatorStep | SiteStep): string {
  const refusal = step.effects.find((effect) => effect.kind === 'refuse');
  if (refusal !== undefined) return refusal.code;
  if (!isDeepStrictEqual(before, step.state)) return 'accept';
  return step.effects.length > 0 ? 'again' : 'ignore';
}

/** One cell of a table of the specification. */
export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly answer: string;
}

/** The cells of the table whose first heading is `corner`. */
export function specTable(corner: string): readonly Cell[] {
  const spec = readFileSync(new URL('../../proto/spec/secure-sum.md', import.meta.url), 'utf8');
  const lines = spec.split('\n');
  const from = lines.findIndex((line) => line.startsWith('|') && cellsOf(line)[0] === corner);
  if (from < 0) throw new Error(`proto/spec/secure-sum.md has no table that begins with ${corner}`);
  const [head, , ...rest] = lines.slice(from);
  const body = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('|')),
  );
  const columns = cellsOf(head!).slice(1);
  return body.flatMap((line) => {
    const [row, ...answers] = cellsOf(line);
    return answers.map((answer, i) => ({ row: row!, column: columns[i]!, answer }));
  });
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}

function foldCoordinator(
  { coordinator }: Study,
  site: SiteId,
  journal: readonly CoordinatorEvent[],
): Pick<HonestRound, 'coordinatorStates' | 'coordinatorEvents'> {
  const states = new Map<CoordinatorState['phase'], CoordinatorState>();
  const events = new Map<string, CoordinatorEvent>();
  let state = initialCoordinatorState();
  states.set(state.phase, state);
  for (const event of journal) {
    if (event.kind === 'received' && event.from === site) events.set(event.message.kind, event);
    else if (event.kind === 'uploadCompleted' && event.from === site) events.set(event.kind, event);
    else if (event.kind !== 'received' && event.kind !== 'uploadCompleted') events.set(event.kind, event);
    state = coordinatorStep(coordinator, state, event, crypto).state;
    if (!states.has(state.phase)) states.set(state.phase, state);
  }
  return { coordinatorStates: states, coordinatorEvents: events };
}

function foldSite(fed: Federation, site: SiteId): Pick<HonestRound, 'siteStates' | 'siteEvents'> {
  const { config, journal } = fed.member(site);
  const states = new Map<SiteState['phase'], SiteState>();
  const events = new Map<string, SiteEvent>();
  let state = initialSiteState();
  states.set(state.phase, state);
  for (const event of journal) {
    events.set(event.kind === 'received' ? event.message.kind : event.kind, event);
    state = siteStep(config, state, event, crypto).state;
    if (!states.has(state.phase)) states.set(state.phase, state);
    if (state.phase === 'folding') {
      const refused = siteStep(config, state, { kind: 'aggregateRefused', code: 'aggregateOutOfRange' }, crypto).state;
      states.set(refused.phase, refused);
    }
  }
  return { siteStates: states, siteEvents: events };
}
