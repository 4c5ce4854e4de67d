/** The operations of a run, drawn from its seed: some runs have few, some many, and some kinds are missing in each. */
import type { CoordinatorMessage, CoordinatorState, SiteMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { Draws } from './draws.ts';
import type { Sequence } from './draws.ts';
import { sidesOf } from './sides.ts';
import { siteNames, sumParameters } from './study.ts';
import type { Choice, CoordinatorLie, Keeps, Op, Party, SiteLie } from './types.ts';

/** About so long is a round in which little goes wrong. */
const usualRoundMs = 6_000;
/** About so many packets pass on one site's connection in a round, each way; about so many steps a program takes. */
const packetsPerRound = { up: 14, down: 12 };
const stepsPerRound = { site: 55, coordinator: 40 };

/** Every operation of the run. The sites are all that were chosen, enrolled or not. */
export function drawOps(choice: Choice): readonly Op[] {
  const draws = new Draws(choice.seed);
  const draw = draws.sequence('operations');
  const names = siteNames(choice.sites);
  const storm = draw.chance(0.2) ? 4 : 1;
  const many = (most: number): number => (draw.chance(0.35) ? 0 : draw.between(1, storm * most));
  const repeat = (count: number, one: () => Op): readonly Op[] => Array.from({ length: count }, one);
  const faults: readonly Op[] = [
    ...repeat(many(12), () => packetOp(choice, draw, names, 'lose')),
    ...repeat(many(5), () => packetOp(choice, draw, names, 'delay')),
    ...repeat(many(5), () => packetOp(choice, draw, names, 'duplicate')),
    ...repeat(many(2), () => partition(choice, draw, names)),
    ...repeat(many(5), () => crash(choice, draw, names)),
    ...repeat(many(2), () => ({ op: 'late', nth: draw.between(1, 8 * choice.rounds), ms: draw.between(100, 8_000) })),
    ...absences(choice, draw, draws, names),
  ];
  const { liars } = sidesOf(choice, draws);
  if (choice.byzantine === 'coordinator') return [...faults, ...coordinatorLies(choice, draw, names)];
  if (choice.byzantine === 'site') return [...faults, ...siteLies(choice, draw, [...liars])];
  return faults;
}

function packetOp(
  { rounds }: Choice,
  draw: Sequence,
  names: readonly SiteId[],
  op: 'lose' | 'delay' | 'duplicate',
): Op {
  const way = draw.pick(['up', 'down'] as const);
  const at = { site: draw.pick(names), way, nth: draw.between(1, packetsPerRound[way] * rounds) };
  if (op === 'lose') return { op, ...at, ms: draw.chance(0.4) ? draw.between(1_000, 25_000) : 0 };
  return { op, ...at, ms: draw.between(20, draw.chance(0.3) ? 8_000 : 400) };
}

function partition({ rounds }: Choice, draw: Sequence, names: readonly SiteId[]): Op {
  const fromMs = draw.below(usualRoundMs * rounds);
  const sites = draw.some(names, draw.between(1, names.length - 1));
  return { op: 'partition', sites, fromMs, untilMs: fromMs + draw.between(200, 20_000) };
}

function crash({ rounds }: Choice, draw: Sequence, names: readonly SiteId[]): Op {
  const who: Party = draw.chance(0.35) ? 'coordinator' : draw.pick(names);
  const steps = who === 'coordinator' ? stepsPerRound.coordinator * names.length : stepsPerRound.site;
  const keeps = draw.pick<Keeps>(['written', 'lost', 'torn']);
  const downMs = draw.between(10, draw.chance(0.4) ? 25_000 : 1_500);
  return { op: 'crash', who, step: draw.between(1, steps * rounds), keeps, downMs };
}

/** Fewer are gone for good than would keep rounds from being opened. */
function absences({ rounds, sites }: Choice, draw: Sequence, draws: Draws, names: readonly SiteId[]): readonly Op[] {
  const { quorum } = sumParameters(sites, draws);
  const count = draw.chance(0.6) ? 0 : draw.between(0, sites - quorum);
  return draw.some(names, count).map((site): Op => {
    const fromMs = draw.below(usualRoundMs * rounds);
    return { op: 'absent', site, fromMs, untilMs: draw.chance(0.4) ? null : fromMs + draw.between(1_000, 30_000) };
  });
}

const coordinatorKinds: readonly CoordinatorMessage['kind'][] = [
  'roundOpened',
  'attemptOpened',
  'advertisements',
  'routedShares',
  'receipt',
  'confirmRequest',
  'confirmRequest',
  'unmaskRequest',
  'unmaskRequest',
  'aggregatePublished',
  'roundClosed',
];
const anyCoordinatorLie: readonly CoordinatorLie[] = [
  'change',
  'change',
  'withhold',
  'replay',
  'nextAttempt',
  'endRound',
];
const coordinatorLiesOf: Readonly<Partial<Record<CoordinatorMessage['kind'], readonly CoordinatorLie[]>>> = {
  roundOpened: ['otherModel'],
  advertisements: ['omit', 'swapKeys'],
  routedShares: ['omit'],
  confirmRequest: ['omit', 'otherSurvivors', 'otherSurvivors'],
  unmaskRequest: ['omit', 'otherSurvivors', 'otherSurvivors'],
  aggregatePublished: ['doctor'],
  roundClosed: ['otherModel'],
};

function coordinatorLies(choice: Choice, draw: Sequence, names: readonly SiteId[]): readonly Op[] {
  const lies = Array.from({ length: draw.between(1, 12) }, (): Op => {
    const kind = draw.pick(coordinatorKinds);
    const itsOwn = coordinatorLiesOf[kind] ?? [];
    const how = draw.pick(itsOwn.length > 0 && draw.chance(0.6) ? itsOwn : anyCoordinatorLie);
    const to = draw.some(names, draw.pick([1, 1, draw.between(1, names.length), names.length]));
    const isSplit =
      (how === 'omit' || how === 'otherSurvivors') && (kind === 'confirmRequest' || kind === 'unmaskRequest');
    const kinds = isSplit && draw.chance(0.6) ? (['confirmRequest', 'unmaskRequest'] as const) : [kind];
    return { op: 'coordinatorLies', to, kinds, nth: draw.between(1, choice.rounds + 1), how, salt: draw.word() };
  });
  return draw.chance(0.6) ? [...lies, fork(choice, draw, names)] : lies;
}

function fork({ rounds }: Choice, draw: Sequence, names: readonly SiteId[]): Op {
  const phases: readonly CoordinatorState['phase'][] = [
    'training',
    'advertiseKeys',
    'shareKeys',
    'maskedInput',
    'maskedInput',
    'confirmSurvivors',
    'unmask',
  ];
  const faces = Object.fromEntries(
    names.map((site) => [site, draw.pick(['first', 'second', 'both', 'both', 'both'] as const)]),
  );
  const rewinds = draw.chance(0.4);
  const held: readonly CoordinatorMessage['kind'][] = ['unmaskRequest', 'roundClosed'];
  const withholds = rewinds ? held : draw.pick([[], ['roundClosed'] as const, held]);
  return { op: 'fork', round: draw.between(1, rounds), phase: draw.pick(phases), rewinds, withholds, faces };
}

const siteKinds: readonly (SiteMessage['kind'] | 'chunks' | 'dealing' | 'masking')[] = [
  'ready',
  'refusal',
  'advertisement',
  'keyShares',
  'badShareReport',
  'uploadCommitment',
  'confirmation',
  'unmaskAnswer',
  'modelSignature',
  'chunks',
  'dealing',
  'masking',
];
const anySiteLie: readonly SiteLie[] = ['change', 'change', 'withhold', 'replay', 'twice', 'impersonate'];

const siteLiesOf: Readonly<Partial<Record<Extract<Op, { op: 'siteLies' }>['kind'], readonly SiteLie[]>>> = {
  chunks: ['otherChunks'],
  dealing: ['misdeal'],
  masking: ['otherWords'],
  keyShares: [...anySiteLie, 'badBox', 'badBox', 'badBox'],
  unmaskAnswer: [...anySiteLie, 'bothShares', 'bothShares', 'bothShares'],
  modelSignature: [...anySiteLie, 'voteAgainst', 'voteAgainst', 'voteAgainst'],
};

function siteLies({ rounds }: Choice, draw: Sequence, liars: readonly SiteId[]): readonly Op[] {
  return Array.from({ length: draw.between(1, 10) }, (): Op => {
    const kind = draw.pick(siteKinds);
    const at = {
      op: 'siteLies',
      site: draw.pick(liars),
      kind,
      nth: draw.between(1, rounds + 1),
      salt: draw.word(),
    } as const;
    return { ...at, how: draw.pick(siteLiesOf[kind] ?? anySiteLie) };
  });
}
