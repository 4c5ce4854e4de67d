/**
 * A site and the data keys: it makes one when it is its turn, takes the first record of an epoch that the coordinator
 * brings, opens its box, seals the key to others, and forgets it when the epoch is folded. Total: nothing that the
 * coordinator sends makes it throw. Source: proto/spec/secure-sum.md, section 4.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { Secret } from '../../util/secret.ts';
import { unreachable } from '../../util/unreachable.ts';
import { openDataKey, sealDataKey } from './box.ts';
import { lastRoundOfEpoch, makerOrder } from './epoch.ts';
import { isEpoch, isSameRecord, keyRecordProblem, makeKeyRecord } from './record.ts';
import type {
  KeyBox,
  KeyRecord,
  KeyRefusal,
  KeyRefusalCode,
  KeyRequested,
  KeyWanted,
  SiteEpoch,
  SiteKeyEffect,
  SiteKeyEvent,
  SiteKeyState,
  SiteKeyStep,
  SiteKeyStudy,
} from './types.ts';

/** A site that has no key yet. */
export function initialSiteKeyState(): SiteKeyState {
  return { epochs: new Map(), settledRound: 0 };
}

const nothing: SiteEpoch = { record: null, key: null, offer: null };

/** What a site has of an epoch. */
export function epochOf({ epochs }: SiteKeyState, epoch: number): SiteEpoch {
  return epochs.get(epoch) ?? nothing;
}

/** One event. Total over every (state, event) pair. */
export function siteKeyStep(
  study: SiteKeyStudy,
  state: SiteKeyState,
  event: SiteKeyEvent,
  crypto: Crypto,
): SiteKeyStep {
  const at: At = { study, state, crypto };
  switch (event.kind) {
    case 'received':
      return received(at, event.message);
    case 'keyMade':
      return made(at, event);
    case 'roundSettled':
      return settled(at, event.round);
    default:
      return unreachable(event);
  }
}

interface At {
  readonly study: SiteKeyStudy;
  readonly state: SiteKeyState;
  readonly crypto: Crypto;
}
type Received = Extract<SiteKeyEvent, { kind: 'received' }>['message'];

function received(at: At, message: Received): SiteKeyStep {
  if (!equalBytes(message.planHash, at.study.planHash) || !isEpoch(at.study, message.epoch)) {
    return refuse(at, message, 'notOfThisEpoch', null);
  }
  if (isOver(at, message.epoch)) return stay(at); // late, and of no more use
  switch (message.kind) {
    case 'keyRequested':
      return requested(at, message);
    case 'keyRecord':
      return recorded(at, message);
    case 'keyBox':
      return boxed(at, message);
    case 'keyWanted':
      return wanted(at, message);
    default:
      return unreachable(message);
  }
}

/** > Only the site at this place makes the key, and says the same record again. */
function requested(at: At, message: KeyRequested): SiteKeyStep {
  const { epoch, place } = message;
  const { record, offer } = epochOf(at.state, epoch);
  if (record !== null) return stay(at); // made already, by this site or another
  if (makerOrder(at.crypto, at.study, epoch)[place] !== at.study.site) return refuse(at, message, 'notAsked', null);
  if (offer !== null) return stay(at, { kind: 'send', message: offer.record });
  return stay(at, { kind: 'makeKey', epoch, place });
}

function made(at: At, { epoch, place, key }: Extract<SiteKeyEvent, { kind: 'keyMade' }>): SiteKeyStep {
  const { record: taken, offer } = epochOf(at.state, epoch);
  if (taken !== null || offer !== null || isOver(at, epoch)) return stay(at); // somebody was faster
  const record = makeKeyRecord(at.crypto, at.study, { epoch, place, bytes: key.expose() });
  return changed(at, epoch, { offer: { record, key } }, [
    { kind: 'keepOffer', epoch, record, key },
    { kind: 'send', message: record },
  ]);
}

/** > A site keeps to the first record of an epoch that it was brought; another is evidence. */
function recorded(at: At, record: KeyRecord): SiteKeyStep {
  const problem = keyRecordProblem(at.crypto, at.study, record);
  if (problem !== undefined) return refuse(at, record, problem, record.maker);
  const { record: first, offer } = epochOf(at.state, record.epoch);
  if (first !== null) return isSameRecord(first, record) ? stay(at) : refuse(at, record, 'secondRecord', record.maker);
  const own = offer !== null && isSameRecord(offer.record, record) ? offer.key : null;
  const { epoch } = record;
  const effects: readonly SiteKeyEffect[] = [
    ...(own === null ? [] : [{ kind: 'keepKey' as const, epoch, key: own }]),
    { kind: 'keepRecord', record },
    ...(offer === null ? [] : [{ kind: 'destroyOffer' as const, epoch }]),
    ...(own === null ? [] : [{ kind: 'keyGained' as const, epoch }]),
  ];
  return changed(at, epoch, { record, key: own, offer: null }, effects);
}

function boxed(at: At, box: KeyBox): SiteKeyStep {
  const { record, key } = epochOf(at.state, box.epoch);
  if (key !== null) return stay(at);
  if (record === null || box.recipient !== at.study.site) return refuse(at, box, 'notAsked', null);
  const opened = openDataKey(at.crypto, at.study, record, box);
  if (opened === undefined) return refuse(at, box, 'badBox', box.sealer);
  const held = new Secret(opened);
  return changed(at, box.epoch, { key: held }, [
    { kind: 'keepKey', epoch: box.epoch, key: held },
    { kind: 'keyGained', epoch: box.epoch },
  ]);
}

/** > Any holder seals the key to a site of the roster, and to nobody else; a maker also before its record counts. */
function wanted(at: At, message: KeyWanted): SiteKeyStep {
  const { record: taken, key: held, offer } = epochOf(at.state, message.epoch);
  const record = taken ?? offer?.record ?? null;
  const key = taken === null ? (offer?.key ?? null) : held;
  if (record === null || key === null) return refuse(at, message, 'notAsked', null);
  const strangers = message.recipients.some((site) => !at.study.sites.has(site));
  if (strangers) return refuse(at, message, 'notRostered', null);
  const seal = (site: SiteId): readonly SiteKeyEffect[] => {
    const box = sealDataKey(at.crypto, at.study, record, site, key.expose());
    return box === undefined ? [] : [{ kind: 'send', message: box }];
  };
  return stay(at, ...message.recipients.filter((site) => site !== at.study.site).flatMap(seal));
}

/** > When the last round of an epoch is folded, or has failed, its key is destroyed. */
function settled(at: At, round: number): SiteKeyStep {
  if (round <= at.state.settledRound) return stay(at);
  const over = [...at.state.epochs].filter(([epoch]) => lastRoundOfEpoch(at.study, epoch) <= round);
  const effects = over.flatMap(([epoch, { key, offer }]): readonly SiteKeyEffect[] => [
    ...(key === null ? [] : [{ kind: 'destroyKey' as const, epoch }]),
    ...(offer === null ? [] : [{ kind: 'destroyOffer' as const, epoch }]),
  ]);
  const epochs = new Map(at.state.epochs);
  for (const [epoch, kept] of over) epochs.set(epoch, { ...kept, key: null, offer: null });
  return { state: { epochs, settledRound: round }, effects };
}

function isOver({ study, state }: At, epoch: number): boolean {
  return lastRoundOfEpoch(study, epoch) <= state.settledRound;
}

function stay({ state }: At, ...effects: readonly SiteKeyEffect[]): SiteKeyStep {
  return { state, effects };
}

function changed(
  { state }: At,
  epoch: number,
  change: Partial<SiteEpoch>,
  effects: readonly SiteKeyEffect[],
): SiteKeyStep {
  const epochs = new Map(state.epochs).set(epoch, { ...epochOf(state, epoch), ...change });
  return { state: { ...state, epochs }, effects };
}

function refuse(at: At, evidence: Received, code: KeyRefusalCode, sealer: SiteId | null): SiteKeyStep {
  const { site, planHash } = at.study;
  const refusal: KeyRefusal = { kind: 'keyRefusal', site, planHash, epoch: evidence.epoch, sealer, code };
  return stay(at, { kind: 'refuse', refusal, evidence });
}
