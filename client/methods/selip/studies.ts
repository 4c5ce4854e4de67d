/**
 * What SeLIP takes of a pair: the lines of its report, and the text that is made of them. Of a study that is split by
 * sequence every pair has the whole report, behind the name of its sequence and a colon ("FLAIR: ..."); what is said of
 * the other sequences is left out of its lines.
 *
 * @module
 */
import type { CodeBook } from './code-book.ts';
import { structuredText } from './coded-lines.ts';
import { reportReader } from './parse-report.ts';
import type { Finding, StructuredReport } from './types.ts';

/** A report as SeLIP sees it. */
export interface Study {
  readonly lines: StructuredReport;
  /** "at SITE shows APPEARANCE, ...", one sentence for all normal studies, or the report itself where it could not be read. */
  readonly text: string;
  readonly isRead: boolean;
}

/** Reads reports by this book, which is made ready once. */
export function studyReader(book: CodeBook): (report: string) => Study {
  const reader = reportReader(book);
  const sequenceOf = new Map(
    Object.entries(book.sequences).flatMap(([code, phrases]) =>
      [code, ...phrases].map((phrase) => [phrase.toLowerCase(), code]),
    ),
  );
  return (report) => {
    const [, head = '', rest = report] = /^\s*([^:.\n]{1,40}?)\s*:\s*(.*)$/su.exec(report) ?? [];
    const sequence = sequenceOf.get(head.toLowerCase());
    const read = sequence === undefined ? reader.read(report) : reader.read(rest, sequence);
    const lines = { normal: read.normal, findings: [...read.findings].sort(bySite) };
    const text = structuredText(lines, book);
    return { lines, text: text ?? report, isRead: text !== undefined };
  };
}

/** One order for all reports, so that reports that say the same have one text. By code units: the same on every machine. */
function bySite(a: Finding, b: Finding): number {
  const [first, second] = [`${a.site}\n${a.appearance}`, `${b.site}\n${b.appearance}`];
  return first < second ? -1 : first > second ? 1 : 0;
}
