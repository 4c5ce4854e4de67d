/**
 * Lines as text, and text of that form as lines: what the encoder reads, and what a hospital may write that codes its
 * reports itself.
 *
 * Source: the template of SeLIP (arXiv 2503.19801) in its released code.
 *
 * @module
 */
import type { CodeBook } from './code-book.ts';
import type { Finding, StructuredReport } from './types.ts';

/**
 * "at SITE shows APPEARANCE" for each line, joined by commas; one sentence for every normal study; undefined for a report
 * that could not be read.
 */
export function structuredText({ normal, findings }: StructuredReport, book: CodeBook): string | undefined {
  if (normal) return book.normalSentence;
  if (findings.length === 0) return undefined;
  return findings.map(({ site, appearance }) => `at ${site} shows ${appearance}`).join(', ');
}

/** The lines of a text of that form; undefined for any other. The inverse of `structuredText`. */
export function parseCodedLines(text: string, book: CodeBook): StructuredReport | undefined {
  if (text === book.normalSentence) return { normal: true, findings: [] };
  const findings = text.split(/, (?=at )/).map((line): Finding | undefined => {
    const [, site, appearance] = /^at ([^,]+?) shows ([^,]+)$/.exec(line) ?? [];
    return site === undefined || appearance === undefined
      ? undefined
      : { site, appearance, tag: tagOf(appearance, book) };
  });
  const read = findings.filter((finding) => finding !== undefined);
  return read.length === findings.length ? { normal: false, findings: read } : undefined;
}

/** The first signal word of the appearance, the longest of those that begin there; without one the whole appearance. */
function tagOf(appearance: string, { signals }: CodeBook): string {
  const found = Object.keys(signals)
    .map((code) => ({ code, at: ` ${appearance} `.indexOf(` ${code} `) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || b.code.length - a.code.length);
  return found[0]?.code ?? appearance;
}
