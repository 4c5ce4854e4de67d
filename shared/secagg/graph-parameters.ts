/**
 * The table of sparse graphs, computed: the least degree at which colluders cannot gather a neighbourhood or a gap, and
 * random dropouts break neither rule. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import { UsageError } from '../errors.ts';

/** |U1|, the sites that may collude, the dropouts that the graph bears, and up to how many sites it is complete. */
export interface GraphDemand {
  readonly sites: number;
  readonly colluders: number;
  readonly dropouts: number;
  readonly completeUpTo: number;
}

/** `(k, t_k, g)` of a sparse graph. */
export type GraphParameters =
  | { readonly kind: 'complete' }
  | { readonly kind: 'harary'; readonly degree: number; readonly shareThreshold: number; readonly gap: number };

/** A share index is one byte. */
const mostSites = 255;
/** Half of 2^-104 for each way in which colluders win. */
const colludersWin = 2 ** -105;
const dropoutsBreak = 2 ** -20;

/**
 * The least even degree whose rules hold, or the complete graph where there is none.
 *
 * @throws UsageError (tooManySites) if a complete graph would have more than 255 sites.
 */
export function graphParameters(demand: GraphDemand): GraphParameters {
  const { sites: n, completeUpTo } = demand;
  for (let degree = 2; n > completeUpTo && degree <= mostSites - 1 && degree < n - 1; degree += 2) {
    const rules = rulesAt(demand, degree);
    if (bearsDropouts(demand, rules)) return { kind: 'harary', ...rules };
  }
  if (n <= mostSites) return { kind: 'complete' };
  throw new UsageError('tooManySites', `no sparse graph bears ${n} sites, and a complete one has at most ${mostSites}`);
}

interface Rules {
  readonly degree: number;
  readonly shareThreshold: number;
  readonly gap: number;
}

/** > k/2 consecutive places hold g colluders, or a neighbourhood t_k, with probability below 2^-104, over all places. */
function rulesAt({ sites: n, colluders: f }: GraphDemand, degree: number): Rules {
  const gap = least((g) => n * tail(n, f, degree / 2, g) < colludersWin);
  const shareThreshold = least((t) => n * tail(n - 1, f, degree, t) < colludersWin);
  return { degree, shareThreshold, gap };
}

/** > Random dropouts break either rule with probability below 2^-20. */
function bearsDropouts({ sites: n, dropouts: d }: GraphDemand, { degree: k, shareThreshold, gap }: Rules): boolean {
  const brokenGap = tail(n, d, k / 2, k / 2 - gap + 1);
  const brokenNeighbourhood = tail(n - 1, d, k, k - shareThreshold + 1);
  return n * brokenGap + n * brokenNeighbourhood < dropoutsBreak;
}

function least(holds: (x: number) => boolean): number {
  let x = 0;
  while (!holds(x)) x += 1;
  return x;
}

/** The probability that of c places drawn from n, of which a are marked, at least x are marked (hypergeometric). */
function tail(n: number, a: number, c: number, x: number): number {
  if (x <= 0) return 1;
  let sum = 0;
  for (let marked = Math.min(a, c); marked >= x; marked--) {
    sum += Math.exp(logChoose(a, marked) + logChoose(n - a, c - marked) - logChoose(n, c));
  }
  return sum;
}

/** `ln C(n, k)`, minus infinity where there is no such choice. */
function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const logFactorials = [0];

/** `ln n!`, remembered: a table asks for the same ones many thousand times. */
function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i)); // from 0! on
  return logFactorials[n]!; // just filled up to n
}
