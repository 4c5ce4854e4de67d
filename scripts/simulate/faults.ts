/** The operations of a run, found by what they happen to; those that happened are counted. */
import type { CoordinatorMessage } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import type { Op, Party, Way } from './types.ts';

type OpOf<K extends Op['op']> = Extract<Op, { op: K }>;

export class Faults {
  readonly #packets = new Map<string, OpOf<'lose' | 'delay' | 'duplicate'>>();
  readonly #crashes = new Map<string, OpOf<'crash'>>();
  readonly #late = new Map<number, OpOf<'late'>>();
  readonly #away: readonly OpOf<'partition' | 'absent'>[];
  readonly #coordinatorLies = new Map<string, OpOf<'coordinatorLies'>>();
  readonly #siteLies = new Map<string, OpOf<'siteLies'>>();
  readonly #forks: readonly OpOf<'fork'>[];
  readonly #happened = new Map<Op, number>();
  readonly #now: () => number;

  constructor(ops: readonly Op[], now: () => number) {
    this.#now = now;
    this.#away = ops.filter((op) => op.op === 'partition' || op.op === 'absent');
    this.#forks = ops.filter((op) => op.op === 'fork');
    for (const op of ops) {
      if (op.op === 'lose' || op.op === 'delay' || op.op === 'duplicate') {
        this.#packets.set(`${op.site} ${op.way} ${op.nth}`, op);
      } else if (op.op === 'crash') this.#crashes.set(`${op.who} ${op.step}`, op);
      else if (op.op === 'late') this.#late.set(op.nth, op);
      else if (op.op === 'coordinatorLies') {
        for (const kind of op.kinds) {
          for (const site of op.to) this.#coordinatorLies.set(`${site} ${kind} ${op.nth}`, op);
        }
      } else if (op.op === 'siteLies') this.#siteLies.set(`${op.site} ${op.kind} ${op.nth}`, op);
    }
  }

  /** How many operations of each kind came to pass. */
  get happened(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const op of this.#happened.keys()) counts[nameOf(op)] = (counts[nameOf(op)] ?? 0) + 1;
    return counts;
  }

  /** When the last of them did; what they cause may go on from there. */
  get lastMs(): number {
    const until = this.#away.flatMap((op) => (op.untilMs === null || op.fromMs > this.#now() ? [] : [op.untilMs]));
    return Math.max(0, ...this.#happened.values(), ...until);
  }

  ofPacket(site: SiteId, way: Way, nth: number): OpOf<'lose' | 'delay' | 'duplicate'> | undefined {
    const op = this.#packets.get(`${site} ${way} ${nth}`);
    return this.#note(op, op !== undefined && 'ms' in op ? op.ms : 0);
  }

  crashAt(who: Party | 'second', step: number): OpOf<'crash'> | undefined {
    const op = this.#crashes.get(`${who} ${step}`);
    return this.#note(op, op?.downMs ?? 0);
  }

  lateBy(nth: number): number {
    const op = this.#note(this.#late.get(nth), this.#late.get(nth)?.ms ?? 0);
    return op?.ms ?? 0;
  }

  /** Whether the site is not there, or not reachable. */
  isCutOff(site: SiteId, nowMs: number): boolean {
    const op = this.#away.find((away) => {
      const concerns = away.op === 'absent' ? away.site === site : away.sites.includes(site);
      return concerns && away.fromMs <= nowMs && nowMs < (away.untilMs ?? Infinity);
    });
    if (op !== undefined && !this.#happened.has(op)) this.#note(op); // what it lasts is in its own numbers
    return op !== undefined;
  }

  /** Whether the site never comes back. */
  isGone(site: SiteId): boolean {
    return this.#away.some((op) => op.op === 'absent' && op.site === site && op.untilMs === null);
  }

  /** How the coordinator's n-th message of this kind to a site is treated. */
  coordinatorLie(to: SiteId, kind: CoordinatorMessage['kind'], nth: number): OpOf<'coordinatorLies'> | undefined {
    return this.#note(this.#coordinatorLies.get(`${to} ${kind} ${nth}`));
  }

  siteLie(site: SiteId, kind: OpOf<'siteLies'>['kind'], nth: number): OpOf<'siteLies'> | undefined {
    return this.#note(this.#siteLies.get(`${site} ${kind} ${nth}`));
  }

  forkAt(round: number, phase: OpOf<'fork'>['phase']): OpOf<'fork'> | undefined {
    return this.#note(this.#forks.find((op) => op.round === round && op.phase === phase));
  }

  #note<T extends Op>(op: T | undefined, lastsMs = 0): T | undefined {
    if (op !== undefined) this.#happened.set(op, this.#now() + lastsMs);
    return op;
  }
}

function nameOf(op: Op): string {
  return 'how' in op ? `${op.op}: ${op.how}` : op.op;
}
