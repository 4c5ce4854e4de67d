/**
 * A report in lines (site, appearance, tag), by rule. SeLIP lets a language model do this; a rule is the same at every
 * hospital and can be read. What it cannot read it leaves out.
 *
 * Source: SeLIP (arXiv 2503.19801) for the lines and their template. Deviation: rules and a code book instead of a model.
 *
 * @module
 */
import type { CodeBook } from './code-book.ts';
import { type Group, groupMarks, isEmpty, type SidedSite } from './group-marks.ts';
import { type Mark, marksOf, phraseIndex, sentencesOf } from './marks.ts';
import type { Finding, StructuredReport } from './types.ts';

/** Reads reports by one code book. */
export interface ReportReader {
  /** The lines of a report; of one sequence, where it is named, without the signals that are said of others. */
  read(report: string, sequence?: string): StructuredReport;
}

/** A reader; the book is made ready once. */
export function reportReader(book: CodeBook): ReportReader {
  const index = phraseIndex(book);
  return {
    read: (report, sequence) => {
      const sentences = sentencesOf(report).map((sentence) => marksOf(sentence, index));
      const groups = sentences.reduce<readonly Group[]>((said, marks) => goOn(said, marks, book), []);
      const findings = unique(groups.flatMap((group) => findingsOf(group, book, sequence)));
      const isSaid = groups.some((group) => findingsOf(group, book, undefined).length > 0);
      return { normal: !isSaid && sentences.some(deniesSomething), findings };
    },
  };
}

/** What was said before, and what this sentence says; one that goes on about the sites before ("It enhances") adds to them. */
function goOn(said: readonly Group[], marks: readonly Mark[], book: CodeBook): readonly Group[] {
  const [first, ...others] = groupMarks(marks, book);
  const last = said.at(-1);
  if (first === undefined || last === undefined || first.sites.length > 0 || marks[0]?.kind !== 'reference') {
    return first === undefined ? said : [...said, first, ...others];
  }
  const joined = {
    ...last,
    appearances: [...last.appearances, ...first.appearances],
    signals: [...last.signals, ...first.signals],
  };
  return [...said.slice(0, -1), joined, ...others];
}

/** Whether a sentence says that all is well, or that something is not there. */
function deniesSomething(marks: readonly Mark[]): boolean {
  const has = (...kinds: readonly Mark['kind'][]): boolean => marks.some(({ kind }) => kinds.includes(kind));
  return has('normal') || (has('negation', 'denial') && has('appearance', 'signal'));
}

/** A line for each site; none where all that is said is said of other sequences. */
function findingsOf(group: Group, book: CodeBook, sequence: string | undefined): readonly Finding[] {
  const signals = group.signals.filter(
    ({ sequences }) => sequence === undefined || sequences.length === 0 || sequences.includes(sequence),
  );
  const things = group.appearances.filter((code) => !book.modifiers.includes(code));
  if (isEmpty({ appearances: things, signals })) return [];
  const tags = [...new Set(signals.map(({ code }) => code))];
  const shapes = inOrder(group.appearances, book);
  const appearance = [...shapes, ...tags].join(' ');
  const sites = group.sites.length === 0 ? [homeOf([...tags, ...shapes], group.side, book)] : group.sites;
  return sites.map(({ code, side }) => ({
    site: side === undefined ? code : `${side} ${code}`,
    appearance,
    tag: tags[0] ?? appearance,
  }));
}

/** The site of what is said of none. */
function homeOf(codes: readonly string[], side: string | undefined, book: CodeBook): SidedSite {
  const home = codes.map((code) => book.homes[code]).find((site) => site !== undefined) ?? book.anywhere;
  return { code: home, side: book.unpaired.includes(home) ? undefined : side };
}

/** Each code once, in the order of the book. */
function inOrder(codes: readonly string[], { appearances }: CodeBook): readonly string[] {
  return Object.keys(appearances).filter((code) => codes.includes(code));
}

/** No line twice. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.site}\n${finding.appearance}`, finding])).values()];
}
