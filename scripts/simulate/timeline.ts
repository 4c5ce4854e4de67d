/** Virtual time: what is to happen, in the order of its time, and of its announcement where the times are equal. */

interface Entry {
  readonly atMs: number;
  readonly number: number;
  readonly happen: () => void;
}

/** A clock that stands still until it is told to go on. */
export class Timeline {
  /** A binary heap. */
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #count = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** When the next thing happens; `undefined` when nothing will. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** `happen` at this time, or now if it is past; the function that it returns calls it off. */
  at(atMs: number, happen: () => void): () => void {
    let isOff = false;
    this.#count += 1;
    const entry: Entry = {
      atMs: Math.max(atMs, this.#nowMs),
      number: this.#count,
      happen: () => {
        if (!isOff) happen();
      },
    };
    this.#push(entry);
    return () => {
      isOff = true;
    };
  }

  after(delayMs: number, happen: () => void): () => void {
    return this.at(this.#nowMs + delayMs, happen);
  }

  /** Lets the next thing happen; false when there is none. */
  next(): boolean {
    const [first] = this.#heap;
    if (first === undefined) return false;
    this.#pop();
    this.#nowMs = first.atMs;
    first.happen();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent]!, heap[i]!)) break; // both within the heap
      swap(heap, i, parent);
      i = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child; // both within the heap
      }
      if (least === i) return;
      swap(heap, i, least);
      i = least;
    }
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

function swap(heap: Entry[], i: number, j: number): void {
  [heap[i], heap[j]] = [heap[j]!, heap[i]!]; // both within the heap
}
