/**
 * The table of sparse graphs, computed: the least degree at which colluders cannot gather a neighbourhood or a gap, and
 * random dropouts break neither rule. Computed in whole numbers, so that every site, the coordinator and the auditor come
 * to the same graph on every machine. Source: proto/spec/secure-sum.md, section 5; derivation: proto/spec/sparse-graph.md.
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

/** > Complete for |U1| <= 32. */
export const completeUpTo = 32;
/** A share index is one byte: so many sites hold shares of one secret at most. */
export const mostHolders = 255;
/** One share that opens a secret is the secret. */
const fewestShares = 2;
/** Half of 2^-104 for each way in which colluders win. */
const colludersWin = 105n;
const dropoutsBreak = 20n;

/**
 * The least even degree whose rules hold, or the complete graph where there is none.
 *
 * @throws UsageError (tooManySites) if a complete graph would have more than 255 sites.
 */
export function graphParameters(demand: GraphDemand): GraphParameters {
  const { sites: n, completeUpTo: few } = demand;
  const sparse = n > few ? leastDegree(demand) : undefined;
  if (sparse !== undefined) return { kind: 'harary', ...sparse };
  if (n <= mostHolders) return { kind: 'complete' };
  throw new UsageError(
    'tooManySites',
    `no sparse graph bears ${n} sites, and a complete one has at most ${mostHolders}`,
  );
}

/** Whether the table has a row for this demand. */
export function hasSparseGraph(demand: GraphDemand): boolean {
  return leastDegree(demand) !== undefined;
}

/**
 * > Dropouts a sparse graph bears, unless the plan says: all that the quorum allows where the graph is complete anyway,
 * > a tenth of the sites above.
 */
export function defaultDropouts(maxSites: number, quorum: number): number {
  const allowed = Math.max(0, maxSites - quorum);
  return maxSites <= completeUpTo ? allowed : Math.min(allowed, Math.floor(maxSites / 10));
}

interface Rules {
  readonly degree: number;
  readonly shareThreshold: number;
  readonly gap: number;
}

/** Thresholds only rise with the degree, so each search goes on where the one before it stopped. */
function leastDegree({ sites: n, colluders: f, dropouts: d }: GraphDemand): Rules | undefined {
  const colludersOnRing = new Urn(n, f);
  const colludersAround = new Urn(n - 1, f);
  const dropoutsOnRing = new Urn(n, d);
  const dropoutsAround = new Urn(n - 1, d);
  const places = BigInt(n);
  let gap = 0;
  let shareThreshold = fewestShares;
  for (let k = 2; k < mostHolders && k < n - 1; k += 2) {
    // > k/2 consecutive places hold g colluders, or a neighbourhood t_k, with probability below 2^-104, over all places.
    while (!isBelow(places, colludersOnRing.draws(k / 2, gap), colludersWin)) gap += 1;
    while (!isBelow(places, colludersAround.draws(k, shareThreshold), colludersWin)) shareThreshold += 1;
    // > Random dropouts break either rule with probability below 2^-20.
    const brokenGap = dropoutsOnRing.draws(k / 2, k / 2 - gap + 1);
    const brokenNeighbourhood = dropoutsAround.draws(k, k - shareThreshold + 1);
    const bears = isBelow(places, sumOf(brokenGap, brokenNeighbourhood), dropoutsBreak);
    if (bears) return { degree: k, shareThreshold, gap };
  }
  return undefined;
}

/** A probability as a fraction, not reduced. */
interface Fraction {
  readonly of: bigint;
  readonly all: bigint;
}

/** Balls of which some are marked; drawing is without replacement (hypergeometric). */
class Urn {
  readonly #chosen: Choices;
  readonly #chosenMarked: Choices;
  readonly #chosenOthers: Choices;
  readonly #marked: number;

  constructor(balls: number, marked: number) {
    this.#marked = Math.min(marked, balls);
    this.#chosen = new Choices(balls);
    this.#chosenMarked = new Choices(this.#marked);
    this.#chosenOthers = new Choices(balls - this.#marked);
  }

  /** The probability that of `count` balls at least `x` are marked. */
  draws(count: number, x: number): Fraction {
    let of = 0n;
    for (let marked = Math.max(x, 0); marked <= Math.min(this.#marked, count); marked++) {
      of += this.#chosenMarked.of(marked) * this.#chosenOthers.of(count - marked);
    }
    return { of, all: this.#chosen.of(count) };
  }
}

/** `n a < 2^-bits`. */
function isBelow(n: bigint, { of, all }: Fraction, bits: bigint): boolean {
  return (n * of) << bits < all;
}

function sumOf(a: Fraction, b: Fraction): Fraction {
  return { of: a.of * b.all + b.of * a.all, all: a.all * b.all };
}

/** `C(n, 0), C(n, 1), ...`, each from the one before it. */
class Choices {
  readonly #n: number;
  readonly #known: bigint[] = [1n];

  constructor(n: number) {
    this.#n = n;
  }

  of(k: number): bigint {
    for (let i = this.#known.length; i <= k; i++) {
      this.#known.push((this.#known[i - 1]! * BigInt(Math.max(0, this.#n - i + 1))) / BigInt(i)); // from C(n, 0) on
    }
    return this.#known[k]!; // just filled up to k
  }
}
