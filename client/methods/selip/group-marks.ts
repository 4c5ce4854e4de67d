/** What one sentence says of which sites. @module */
import type { CodeBook } from './code-book.ts';
import type { Mark, MarkKind } from './marks.ts';

/** A site, and its side where it has one and the sentence names it. */
export interface SidedSite {
  readonly code: string;
  side: string | undefined;
}

/** A signal word, and the sequences that it is said of; none where the sentence names none. */
export interface Signal {
  readonly code: string;
  readonly sequences: string[];
}

/** Sites and what is said of all of them. */
export interface Group {
  readonly sites: SidedSite[];
  readonly appearances: string[];
  readonly signals: Signal[];
  /** What a group without sites says of sides. */
  side: string | undefined;
}

/** Whether nothing is said. */
export function isEmpty({ appearances, signals }: Pick<Group, 'appearances' | 'signals'>): boolean {
  return appearances.length === 0 && signals.length === 0;
}

/** The groups of a sentence's marks; those without anything said are left out. */
export function groupMarks(marks: readonly Mark[], book: CodeBook): Group[] {
  const reading: Reading = { book, done: [], group: newGroup(), siteFirst: false, negated: false, waiting: [] };
  marks.forEach((mark, at) => {
    if (reading.negated && mark.kind !== 'contrast') return;
    handle[mark.kind](reading, mark.codes, { before: marks[at - 1]?.kind, after: marks.slice(at + 1) });
  });
  close(reading, false);
  return reading.done;
}

/** How far a sentence has been read. */
interface Reading {
  readonly book: CodeBook;
  readonly done: Group[];
  group: Group;
  /** Whether the group's sites came before what is said of them. */
  siteFirst: boolean;
  negated: boolean;
  /** The side of the sites that follow. */
  side?: string;
  /** The sequences of the signal that follows. */
  waiting: string[];
}

interface Around {
  readonly before: MarkKind | undefined;
  readonly after: readonly Mark[];
}

type Handler = (reading: Reading, codes: readonly string[], around: Around) => void;

const passOver: Handler = () => undefined;

const handle: Readonly<Record<MarkKind, Handler>> = {
  normal: passOver,
  reference: passOver,
  contrast: (reading) => {
    close(reading, false);
    reading.negated = false;
    reading.waiting = [];
    delete reading.side;
  },
  negation: (reading) => {
    reading.negated = true;
  },
  denial: (reading) => {
    reading.group = newGroup();
  },
  side: (reading, codes) => {
    reading.side = codes[0]!; // a mark has one code at least
    if (!isEmpty(reading.group)) reading.group.side ??= codes[0];
  },
  sideAfter: ({ group, book }, codes) => {
    group.side ??= codes[0];
    for (const site of group.sites) if (!book.unpaired.includes(site.code)) site.side ??= codes[0];
  },
  site: (reading, codes) => {
    if (reading.siteFirst && !isEmpty(reading.group)) close(reading, true);
    if (isEmpty(reading.group)) reading.siteFirst = true;
    for (const code of codes) {
      reading.group.sites.push({ code, side: reading.book.unpaired.includes(code) ? undefined : reading.side });
    }
  },
  sequence: (reading, codes, { before, after }) => {
    const goesOn = before === 'sequenceAfter' && after[0]?.kind !== 'signal'; // "on T2 and FLAIR"
    if (goesOn) reading.group.signals.at(-1)?.sequences.push(...codes);
    else reading.waiting.push(...codes);
  },
  sequenceAfter: ({ group }, codes) => {
    group.signals.at(-1)?.sequences.push(...codes);
  },
  appearance: (reading, codes, { after }) => {
    if (beginsAnother(reading, after)) close(reading, false);
    reading.group.appearances.push(...codes);
  },
  signal: (reading, codes, { after }) => {
    if (beginsAnother(reading, after)) close(reading, false);
    for (const code of codes) {
      const own = reading.book.signalSequences[code];
      reading.group.signals.push({ code, sequences: own === undefined ? reading.waiting : [own] });
    }
    reading.waiting = [];
  },
};

/** "Patchy in A and punctate in B": another appearance after sites, with more sites to come. */
function beginsAnother({ siteFirst, group }: Reading, after: readonly Mark[]): boolean {
  if (siteFirst || group.sites.length === 0) return false;
  const end = after.findIndex(({ kind }) => kind === 'contrast' || kind === 'negation');
  return after.slice(0, end < 0 ? after.length : end).some(({ kind }) => kind === 'site');
}

function close(reading: Reading, siteFirst: boolean): void {
  reading.group.side ??= reading.side;
  if (!isEmpty(reading.group)) reading.done.push(reading.group);
  reading.group = newGroup();
  reading.siteFirst = siteFirst;
}

function newGroup(): Group {
  return { sites: [], appearances: [], signals: [], side: undefined };
}
