/**
 * The coordinator's disk as the stores of its program see it: the database keeps what a statement wrote once it returned;
 * chunks are kept once they are flushed, and before that as it happens.
 */
import type { AggregateStore } from '#coordinator/store/aggregates';
import type { JournalEntry, RoundStore, StoredRound } from '#coordinator/store/rounds';
import type { UploadPlace, UploadStore } from '#coordinator/store/uploads';
import { nodeCrypto } from '#shared/crypto/node';
import { TransportError } from '#shared/errors';
import { concatBytes } from '#shared/util/bytes';
import type { Steps } from './steps.ts';
import type { Keeps } from './types.ts';

interface Chunk {
  readonly data: Uint8Array;
  isFlushed: boolean;
}

export interface StoredEvents {
  readonly round: StoredRound;
  readonly events: readonly JournalEntry[];
}

export class CoordinatorDisk {
  readonly #rounds: { round: StoredRound; readonly events: JournalEntry[] }[] = [];
  readonly #uploads = new Map<string, Map<number, Chunk>>();
  readonly #aggregates = new Map<number, Uint8Array>();
  /** Appends that have returned to the program, by round. */
  readonly #returned = new Map<number, number>();

  /** Another disk with all that is on this one, or all but what was received in the last round since it had its first keys. */
  copy(rewound: boolean): CoordinatorDisk {
    const copy = new CoordinatorDisk();
    for (const { round, events } of this.#rounds) {
      const isLast = round === this.#rounds.at(-1)?.round;
      const keys = events.findIndex(({ event }) => event.kind === 'received' && event.message.kind === 'advertisement');
      copy.#rounds.push({ round, events: rewound && isLast && keys >= 0 ? events.slice(0, keys) : [...events] });
    }
    for (const [place, chunks] of this.#uploads) {
      copy.#uploads.set(place, new Map([...chunks].map(([i, chunk]) => [i, { ...chunk }])));
    }
    for (const [round, bytes] of this.#aggregates) copy.#aggregates.set(round, bytes);
    return copy;
  }

  get rounds(): readonly StoredEvents[] {
    return this.#rounds;
  }

  /** The events that the program knows to be on disk. */
  returned(round: number): readonly JournalEntry[] {
    const { events } = this.#of(round);
    return events.slice(0, this.#returned.get(round) ?? events.length);
  }

  aggregate(round: number): Uint8Array | undefined {
    return this.#aggregates.get(round);
  }

  /** What a crash leaves: of chunks that were not flushed only some. */
  crash(keeps: Keeps): void {
    this.#returned.clear();
    for (const chunks of this.#uploads.values()) {
      for (const [index, { isFlushed }] of chunks) {
        if (!isFlushed && (keeps === 'lost' || (keeps === 'torn' && index % 2 === 1))) chunks.delete(index);
      }
    }
  }

  roundStore(steps: Steps): RoundStore {
    return {
      ofPlan: () => this.#rounds.map(({ round }) => round),
      closedCount: () => this.#rounds.filter(({ round }) => round.end !== null).length,
      open: (opening) => {
        steps.take();
        const round: StoredRound = { ...opening, id: opening.round, end: null };
        this.#rounds.push({ round, events: [] });
        steps.take();
        return round;
      },
      append: (id, event, atMs) => {
        const { events } = this.#of(id);
        const before = events.length;
        this.#returned.set(id, before);
        steps.take((keeps) => {
          if (keeps === 'written') events.push({ event, atMs });
        });
        events.push({ event, atMs });
        this.#returned.set(id, before + 1);
      },
      journal: (id) => this.#of(id).events,
      close: (id, result, closedAtMs) => {
        steps.take();
        const stored = this.#of(id);
        stored.round = { ...stored.round, end: { result, closedAtMs } };
      },
    };
  }

  uploadStore(steps: Steps, touched: () => void): UploadStore {
    const nameOf = ({ round, attempt, site }: UploadPlace): string => `${round} ${attempt} ${site}`;
    const chunksOf = (place: UploadPlace): Map<number, Chunk> =>
      this.#uploads.get(nameOf(place)) ?? new Map<number, Chunk>();
    const later = async <T>(work: () => T): Promise<T> => {
      touched();
      await Promise.resolve();
      steps.take();
      return work();
    };
    return {
      path: (place, index) => `${nameOf(place)} ${index}`, // for threads of SEAL, of which there is none
      present: (place) => later(() => [...chunksOf(place).keys()].sort((a, b) => a - b)),
      write: (place, index, data) =>
        later(() => {
          const chunks = chunksOf(place);
          this.#uploads.set(nameOf(place), chunks);
          if (!chunks.has(index)) chunks.set(index, { data: data.slice(), isFlushed: false });
        }),
      read: (place, index) =>
        later(() => {
          const chunk = chunksOf(place).get(index);
          if (chunk !== undefined) return chunk.data.slice();
          throw new TransportError('journalDamaged', `chunk ${index} of ${nameOf(place)} is gone`);
        }),
      flush: (place, count) =>
        later(() => {
          for (const [index, chunk] of chunksOf(place)) chunk.isFlushed ||= index < count;
        }),
      delete: (place) =>
        later(() => {
          this.#uploads.delete(nameOf(place));
        }),
      deleteRound: (_, round) =>
        later(() => {
          for (const name of this.#uploads.keys()) if (name.startsWith(`${round} `)) this.#uploads.delete(name);
        }),
    };
  }

  /** `written` sees the bytes before the program does. */
  aggregateStore(steps: Steps, written: (round: number, bytes: Uint8Array) => void): AggregateStore {
    return {
      write: async (_, round, pieces) => {
        const parts: Uint8Array[] = [];
        for await (const piece of pieces) parts.push(piece.slice());
        steps.take();
        const bytes = concatBytes(parts);
        written(round, bytes);
        this.#aggregates.set(round, bytes);
        steps.take();
        return { aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length };
      },
      read: () => {
        throw new TransportError('unavailable', 'a simulated aggregate is given whole');
      },
    };
  }

  #of(id: number): { round: StoredRound; readonly events: JournalEntry[] } {
    const found = this.#rounds.find(({ round }) => round.id === id);
    if (found !== undefined) return found;
    throw new TransportError('journalDamaged', `round ${id} was never opened`);
  }
}
