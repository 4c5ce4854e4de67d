/**
 * `node scripts/graph-table.ts` writes the table of proto/spec/sparse-graph.md: for some numbers of sites, colluders and
 * dropouts the graph that they give, and how far it is from its bounds, counted here once more from binomials.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { completeUpTo, graphParameters } from '#shared/secagg/graph-parameters';

const page = new URL('../proto/spec/sparse-graph.md', import.meta.url);
const head = ['sites', 'colluders', 'dropouts', 'k', '`t_k`', 'g', 'colluders win', 'dropouts break'];
const demands: readonly (readonly [sites: number, colluders: number, dropouts: number])[] = [
  ...[33, 40, 64, 100, 128, 200].map((n) => [n, Math.floor(n / 10), Math.floor(n / 10)] as const),
  [64, 21, 6],
  [128, 42, 12],
  [256, 12, 25],
  [256, 25, 12],
  [256, 25, 25],
  [256, 51, 25],
  [512, 51, 25],
  [512, 51, 51],
  [512, 102, 51],
  [512, 102, 102],
  [512, 170, 51],
  [1024, 51, 102],
  [1024, 102, 102],
  [1024, 204, 102],
  [1024, 341, 102],
  [2048, 204, 204],
  [4096, 409, 409],
];

/** The table, its columns padded as the formatter would. */
export function graphTable(): string {
  const rows = [head, ...demands.map(row)];
  const widths = head.map((_, column) => Math.max(3, ...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!, fill)).join(' | ')} |`;
  const rule = line(
    head.map(() => ''),
    '-',
  );
  return [line(head), rule, ...rows.slice(1).map((cells) => line(cells))].join('\n');
}

/** A page with the table in the place of the one that it has. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(`| ${head[0]!} `);
  const end = text.indexOf('\n\n', from);
  return `${text.slice(0, from)}${table}${end < 0 ? '\n' : text.slice(end)}`;
}

function row([n, f, d]: readonly [number, number, number]): readonly string[] {
  const demand = [n, f, d].map(String);
  const sparse = sparseGraph(n, f, d);
  if (sparse === undefined) return [...demand, n <= 255 ? 'complete' : 'none', '', '', '', ''];
  const { degree: k, shareThreshold: t, gap: g } = sparse;
  const collude = n * (tail(n, f, k / 2, g) + tail(n - 1, f, k, t));
  const broken = n * (tail(n, d, k / 2, k / 2 - g + 1) + tail(n - 1, d, k, k - t + 1));
  return [...demand, ...[k, t, g].map(String), power(collude), power(broken)];
}

function sparseGraph(
  sites: number,
  colluders: number,
  dropouts: number,
): { degree: number; shareThreshold: number; gap: number } | undefined {
  try {
    const found = graphParameters({ sites, colluders, dropouts, completeUpTo });
    return found.kind === 'harary' ? found : undefined;
  } catch {
    return undefined; // no row, and too many sites for a complete graph
  }
}

function power(probability: number): string {
  return probability === 0 ? 'never' : `2^${Math.log2(probability).toFixed(1)}`;
}

/** The probability that of c places drawn from n, of which a are marked, at least x are marked, by logarithms. */
function tail(n: number, a: number, c: number, x: number): number {
  let sum = 0;
  for (let m = x; m <= Math.min(a, c); m++) {
    sum += Math.exp(logChoose(a, m) + logChoose(n - a, c - m) - logChoose(n, c));
  }
  return sum;
}

function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity;
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}

if (import.meta.main) writeFileSync(page, withTable(readFileSync(page, 'utf8'), graphTable()));
