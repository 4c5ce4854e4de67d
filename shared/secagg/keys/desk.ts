/**
 * The coordinator's desk for the data key of the epoch that is needed: it asks a site to make the key, writes down the first
 * record that holds, has the key sealed to every site of the roster, and carries the boxes. It never holds a key. Total:
 * nothing that a site sends makes it throw. Source: proto/spec/secure-sum.md, section 4.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { byId } from '../context.ts';
import { makerOrder } from './epoch.ts';
import { isSameRecord, keyRecordProblem } from './record.ts';
import type {
  Holding,
  KeyBox,
  KeyDeadline,
  KeyDeskEffect,
  KeyDeskEvent,
  KeyDeskState,
  KeyDeskStep,
  KeyRecord,
  KeyRefusal,
  KeyRefusalCode,
  KeyStudy,
  SiteKeyMessage,
} from './types.ts';

/** A desk that nothing is needed of. */
export function initialKeyDeskState(): KeyDeskState {
  return {
    ...{ epoch: 0, record: null, place: -1, candidates: new Map() },
    ...{ sealers: new Map(), asked: new Map(), failed: new Map(), holdings: new Map() },
  };
}

/** The connected sites that say that they hold the key of this epoch. */
export function keyHolders({ epoch, record, holdings }: KeyDeskState): ReadonlySet<SiteId> {
  const holds = ({ keys }: Holding): boolean =>
    record !== null && keys.some((key) => key.epoch === epoch && equalBytes(key.keyHash, record.keyHash));
  return new Set([...holdings].flatMap(([site, holding]) => (holds(holding) ? [site] : [])));
}

/** One event. Total over every (state, event) pair. */
export function keyDeskStep(study: KeyStudy, state: KeyDeskState, event: KeyDeskEvent, crypto: Crypto): KeyDeskStep {
  const at: At = { study, state, crypto };
  switch (event.kind) {
    case 'needed':
      return needed(at, event);
    case 'received':
      return equalBytes(event.message.planHash, study.planHash) && study.sites.has(event.from)
        ? received(at, event.from, event.message)
        : refuse(at, event.from, 'notOfThisEpoch');
    case 'disconnected':
      return gone(at, event.site);
    case 'deadline':
      return event.epoch === state.epoch ? late(at, event.of) : stay(at);
    default:
      return unreachable(event);
  }
}

interface At {
  readonly study: KeyStudy;
  readonly state: KeyDeskState;
  readonly crypto: Crypto;
}

function needed(at: At, { epoch, record, sealers }: Extract<KeyDeskEvent, { kind: 'needed' }>): KeyDeskStep {
  const { holdings } = at.state;
  const state: KeyDeskState = { ...initialKeyDeskState(), epoch, record, sealers, holdings };
  const next = { ...at, state };
  return record === null ? askPlace(next, 0) : deliver(next, [...holdings.keys()]);
}

function received(at: At, from: SiteId, message: SiteKeyMessage): KeyDeskStep {
  switch (message.kind) {
    case 'holding':
      return held(at, from, message);
    case 'keyRecord':
      return recorded(at, from, message);
    case 'keyBox':
      return boxed(at, from, message);
    case 'keyRefusal':
      return refused(at, from, message);
    default:
      return unreachable(message);
  }
}

/** A site has connected, or has more than before. */
function held(at: At, from: SiteId, holding: Holding): KeyDeskStep {
  const state = { ...at.state, holdings: new Map(at.state.holdings).set(from, { ...holding, site: from }) };
  const next = { ...at, state };
  if (state.epoch === 0) return stay(next);
  return state.record === null ? askAgain(next, from) : deliver(next, [from], from);
}

/**
 * > The coordinator writes down the first record of an epoch that holds and for which its maker has sealed the key to every
 * > other site: so the key outlives its maker. Any other is refused.
 */
function recorded(at: At, from: SiteId, record: KeyRecord): KeyDeskStep {
  const { state } = at;
  if (record.maker !== from || record.epoch !== state.epoch) return refuse(at, from, 'notOfThisEpoch');
  if (state.record !== null) {
    const first: KeyDeskEffect = { kind: 'send', to: from, message: state.record };
    if (isSameRecord(state.record, record)) return stay(at, first);
    const { effects } = refuse(at, from, 'secondRecord');
    return stay(at, ...effects, first);
  }
  const problem = keyRecordProblem(at.crypto, at.study, record);
  if (problem !== undefined) return refuse(at, from, problem);
  if (record.place > state.place) return refuse(at, from, 'notAsked');
  const before = state.candidates.get(from);
  const boxes = before !== undefined && isSameRecord(before.record, record) ? before.boxes : new Map<SiteId, KeyBox>();
  const candidates = new Map(state.candidates).set(from, { record, boxes });
  const recipients = byId([...at.study.sites.keys()].filter((site) => site !== from && !boxes.has(site)));
  const message = { kind: 'keyWanted', planHash: at.study.planHash, epoch: state.epoch, recipients } as const;
  return { state: { ...state, candidates }, effects: [{ kind: 'send', to: from, message }] };
}

/** A box of a record that is not written down yet. */
function boxOfCandidate(at: At, from: SiteId, box: KeyBox): KeyDeskStep {
  const { state, study } = at;
  const candidate = state.candidates.get(from);
  const isForIt =
    box.sealer === from && box.epoch === state.epoch && box.recipient !== from && study.sites.has(box.recipient);
  if (candidate === undefined || !isForIt) return refuse(at, from, 'notAsked');
  const boxes = new Map(candidate.boxes).set(box.recipient, box);
  const { record } = candidate;
  if (boxes.size < study.sites.size - 1) {
    return stay({ ...at, state: { ...state, candidates: new Map(state.candidates).set(from, { record, boxes }) } });
  }
  const sealers = new Map([...boxes.keys()].map((recipient) => [recipient, from]));
  const next = { ...at, state: { ...state, record, sealers, candidates: new Map() } };
  const store: KeyDeskEffect = { kind: 'storeRecord', record, boxes: [...boxes.values()] };
  return after([store], deliver(next, [...state.holdings.keys()]));
}

function boxed(at: At, from: SiteId, box: KeyBox): KeyDeskStep {
  const { state } = at;
  if (state.record === null) return boxOfCandidate(at, from, box);
  const isAskedFor = box.sealer === from && box.epoch === state.epoch && state.asked.get(box.recipient) === from;
  if (!isAskedFor) return refuse(at, from, 'notAsked');
  const asked = new Map(state.asked);
  asked.delete(box.recipient);
  const sealers = new Map(state.sealers).set(box.recipient, from);
  const next = { ...at, state: { ...state, asked, sealers } };
  return after([{ kind: 'storeBox', box }], deliver(next, [box.recipient]));
}

/** > A site whose box is of no use says so, and any other holder is asked for the right one. */
function refused(at: At, from: SiteId, refusal: KeyRefusal): KeyDeskStep {
  const { state } = at;
  const told: KeyDeskEffect = { kind: 'reported', refusal: { ...refusal, site: from } };
  const sealer = state.sealers.get(from);
  const isItsBox = refusal.code === 'badBox' && refusal.epoch === state.epoch && sealer === refusal.sealer;
  if (!isItsBox) return stay(at, told);
  const sealers = new Map(state.sealers);
  sealers.delete(from);
  const next = { ...at, state: { ...state, sealers, failed: withFailed(state, from, sealer) } };
  return after([told, { kind: 'deleteBox', epoch: state.epoch, recipient: from }], askForBoxes(next));
}

function gone(at: At, site: SiteId): KeyDeskStep {
  const holdings = new Map(at.state.holdings);
  holdings.delete(site);
  const asked = new Map([...at.state.asked].filter(([, holder]) => holder !== site));
  return askForBoxes({ ...at, state: { ...at.state, holdings, asked } });
}

function late(at: At, of: KeyDeadline): KeyDeskStep {
  const { state } = at;
  if (of.kind === 'record') {
    return state.record === null && of.place === state.place ? askPlace(at, nextPlace(at)) : stay(at);
  }
  return askForBoxes({ ...at, state: { ...state, asked: new Map() } }, state.asked);
}

/** > After a deadline the next one: the next of those that are connected, and the first again after the last. */
function nextPlace({ crypto, study, state }: At): number {
  const order = makerOrder(crypto, study, state.epoch);
  const places = order.map((_, i) => (state.place + 1 + i) % order.length);
  return places.find((place) => state.holdings.has(order[place]!)) ?? places[0]!; // both lists have one for each site
}

/** Places that were asked before may still answer: of two records the first counts. */
function askPlace(at: At, place: number): KeyDeskStep {
  const { crypto, study, state } = at;
  const next = { ...state, place: Math.max(place, state.place) };
  const site = makerOrder(crypto, study, state.epoch)[place]!; // a place of the order
  const request: KeyDeskEffect = { kind: 'send', to: site, message: requestOf(at, place) };
  const wait: KeyDeskEffect = { kind: 'startDeadline', epoch: state.epoch, of: { kind: 'record', place: next.place } };
  return { state: next, effects: state.holdings.has(site) ? [request, wait] : [wait] };
}

/** A site that was asked while it was away. */
function askAgain(at: At, site: SiteId): KeyDeskStep {
  const place = makerOrder(at.crypto, at.study, at.state.epoch).indexOf(site);
  return place >= 0 && place <= at.state.place
    ? stay(at, { kind: 'send', to: site, message: requestOf(at, place) })
    : stay(at);
}

/** To connected sites without the key: the record, the box if there is one; boxes that are missing are asked for. */
function deliver(at: At, to: readonly SiteId[], speaker?: SiteId): KeyDeskStep {
  const { record, epoch, sealers, holdings } = at.state;
  if (record === null) return stay(at);
  const holders = keyHolders(at.state);
  const lacking = to.filter((site) => holdings.has(site) && !holders.has(site));
  const effects = lacking.flatMap((site): readonly KeyDeskEffect[] => [
    { kind: 'send', to: site, message: record },
    ...(sealers.has(site) ? [{ kind: 'deliverBox' as const, epoch, to: site }] : []),
  ]);
  return after(effects, askForBoxes(at, new Map(), speaker));
}

/**
 * > The key is sealed to every site of the roster, by any holder that has not sealed it wrongly; `before` were asked in
 * > vain, so it is the turn of the next by id, if there is another.
 */
function askForBoxes(at: At, before: KeyDeskState['asked'] = new Map(), speaker?: SiteId): KeyDeskStep {
  const { study, state } = at;
  const holders = byId(keyHolders(state));
  const held = new Set(holders);
  const asked = new Map(state.asked);
  const recipients = new Map<SiteId, SiteId[]>();
  for (const site of study.sites.keys()) {
    if (held.has(site) || state.sealers.has(site) || asked.has(site)) continue;
    if (site === state.record?.maker && site !== speaker) continue; // it has its key, unless it says that it has not
    const able = holders.filter((other) => state.failed.get(site)?.has(other) !== true);
    const holder = able.find((other) => other > (before.get(site) ?? '')) ?? able[0];
    if (holder === undefined) continue;
    asked.set(site, holder);
    recipients.set(holder, [...(recipients.get(holder) ?? []), site]);
  }
  if (recipients.size === 0) return stay(at);
  const { epoch } = state;
  const requests = [...recipients].map(([to, sites]): KeyDeskEffect => {
    const message = { kind: 'keyWanted', planHash: study.planHash, epoch, recipients: byId(sites) } as const;
    return { kind: 'send', to, message };
  });
  const wait: KeyDeskEffect = { kind: 'startDeadline', epoch, of: { kind: 'boxes' } };
  return { state: { ...state, asked }, effects: [...requests, wait] };
}

function requestOf({ study, state }: At, place: number) {
  return { kind: 'keyRequested', planHash: study.planHash, epoch: state.epoch, place } as const;
}

function withFailed({ failed }: KeyDeskState, recipient: SiteId, holder: SiteId): KeyDeskState['failed'] {
  return new Map(failed).set(recipient, new Set([...(failed.get(recipient) ?? []), holder]));
}

function stay({ state }: At, ...effects: readonly KeyDeskEffect[]): KeyDeskStep {
  return { state, effects };
}

function after(before: readonly KeyDeskEffect[], { state, effects }: KeyDeskStep): KeyDeskStep {
  return { state, effects: [...before, ...effects] };
}

function refuse(at: At, from: SiteId, code: KeyRefusalCode): KeyDeskStep {
  return stay(at, { kind: 'refuse', from, code });
}
