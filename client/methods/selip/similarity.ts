/**
 * How alike two structured reports are: the mean over pairs of their lines of a semantic part (equal codes) times a
 * syntactic part (shared characters).
 *
 * Source: SeLIP (arXiv 2503.19801), "mixed syntax and semantic similarity", as in its released code.
 *
 * @module
 */
import type { Finding, StructuredReport } from './types.ts';

/** A line with what is compared of it. */
interface Line {
  readonly site: string;
  readonly tag: string;
  readonly chars: ReadonlySet<string>;
}

/** S, row by row: 1 on the diagonal, symmetric, in [0, 1]. The reports it is made of stay at this site, and so does S. */
export function similarityMatrix(reports: readonly StructuredReport[]): readonly (readonly number[])[] {
  const lines = reports.map(({ findings }) => findings.map(lineOf));
  const S = reports.map((_, i) => reports.map((__, j) => Number(i === j)));
  reports.forEach((a, i) => {
    reports.slice(0, i).forEach((b, j) => {
      if (a.normal || b.normal) return;
      S[i]![j] = S[j]![i] = textSimilarity(lines[i]!, lines[j]!);
    });
  });
  return S;
}

/** min(1, 1/(|A||B|) Σ_a Σ_b q(a, b) Dice(a, b)); 0 where a report has no line. */
function textSimilarity(A: readonly Line[], B: readonly Line[]): number {
  if (A.length === 0 || B.length === 0) return 0;
  let sum = 0;
  for (const a of A) {
    for (const b of B) if (q(a, b) > 0) sum += q(a, b) * dice(a.chars, b.chars);
  }
  return Math.min(1, sum / (A.length * B.length));
}

/** ½ [site equal] + ½ [tag equal]. */
function q(a: Line, b: Line): number {
  return 0.5 * Number(a.site === b.site) + 0.5 * Number(a.tag === b.tag);
}

/** 2 |A ∩ B| / (|A| + |B|). */
function dice(A: ReadonlySet<string>, B: ReadonlySet<string>): number {
  let common = 0;
  for (const char of A) if (B.has(char)) common++;
  return common === 0 ? 0 : (2 * common) / (A.size + B.size);
}

/** Characters are the code points of the site and the appearance, spaces and case included. */
function lineOf({ site, appearance, tag }: Finding): Line {
  return { site, tag, chars: new Set(site + appearance) };
}
