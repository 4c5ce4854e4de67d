/**
 * Federated evaluation: a site counts its own examples, the numbers of all sites are added under the secure sum, and the
 * figure is read from the sum, as if the examples lay in one place. No score and no rank of a patient leaves the site.
 *
 * @module
 */

/** A figure of numbers that add up over sites. */
export interface Tally<Input, Figure> {
  /** How many numbers. */
  readonly length: number;
  /**
   * The numbers of one site's examples, none greater in size than the number of examples (of cells, for an overlap; times
   * the greatest figure, for a mean): the range of a segment. MUST NOT leave this site unsummed.
   */
  count(input: Input): Float64Array;
  /** The figure of all examples, from the sum over sites. */
  read(sum: ArrayLike<number>): Figure;
}

/** The sum over sites, element by element: what the secure sum gives, for those who hold all parts. */
export function sumOfCounts(parts: readonly Float64Array[]): Float64Array {
  return parts.reduce((sum, part) => sum.map((value, i) => value + part[i]!));
}
