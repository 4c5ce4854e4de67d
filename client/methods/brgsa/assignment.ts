/**
 * The assignment problem by shortest augmenting paths, in O(n³) steps and O(n) memory beside the costs.
 *
 * Source: Crouse, "On implementing 2D rectangular assignment algorithms" (IEEE TAES 52, 2016), section II, for square
 * costs; the Hungarian method of Kuhn and Munkres in the form of Jonker and Volgenant (1987).
 *
 * @module
 */

/** The assignment so far, and the prices that prove it best. */
interface Assignment {
  readonly rowPrice: Float64Array;
  readonly columnPrice: Float64Array;
  /** -1 for a column without a row, and the other way round. */
  readonly rowOf: Int32Array;
  readonly columnOf: Int32Array;
}

/** The shortest path from a row to a free column. */
interface Path {
  readonly column: number;
  readonly length: number;
  readonly distance: Float64Array;
  /** The row before each column. */
  readonly cameFrom: Int32Array;
  readonly scanned: readonly number[];
}

/** The column of each row such that the sum of costs is least; `costs` is square and finite. */
export function leastCostAssignment(costs: readonly Float64Array[]): readonly number[] {
  const n = costs.length;
  const current: Assignment = {
    rowPrice: new Float64Array(n),
    columnPrice: new Float64Array(n),
    rowOf: new Int32Array(n).fill(-1),
    columnOf: new Int32Array(n).fill(-1),
  };
  for (let row = 0; row < n; row++) {
    const path = shortestPath(row, costs, current);
    reprice(row, path, current);
    turn(row, path, current);
  }
  return Array.from(current.columnOf);
}

/** Dijkstra's search in reduced costs, which are never negative. */
function shortestPath(first: number, costs: readonly Float64Array[], current: Assignment): Path {
  const n = costs.length;
  const { rowPrice, columnPrice, rowOf } = current;
  const distance = new Float64Array(n).fill(Infinity);
  const cameFrom = new Int32Array(n).fill(-1);
  const scanned: number[] = [];
  const open = Array.from({ length: n }, (_, column) => column);
  for (let [row, length] = [first, 0]; ;) {
    const cost = costs[row]!;
    const offset = length - rowPrice[row]!;
    let nearest = 0;
    for (let at = 0; at < open.length; at++) {
      const j = open[at]!;
      const through = offset + cost[j]! - columnPrice[j]!;
      if (through < distance[j]!) {
        distance[j] = through;
        cameFrom[j] = row;
      }
      if (distance[j]! < distance[open[nearest]!]!) nearest = at;
    }
    const column = open[nearest]!;
    open[nearest] = open.at(-1)!;
    open.pop();
    scanned.push(column);
    length = distance[column]!;
    row = rowOf[column]!;
    if (row < 0) return { column, length, distance, cameFrom, scanned };
  }
}

/** Keeps every reduced cost at or above 0, and at 0 along the assignment. */
function reprice(first: number, { length, distance, scanned }: Path, current: Assignment): void {
  current.rowPrice[first]! += length;
  for (const column of scanned) {
    const shift = length - distance[column]!;
    current.columnPrice[column]! -= shift;
    const row = current.rowOf[column]!;
    if (row >= 0) current.rowPrice[row]! += shift;
  }
}

/** Moves every row on the path one column on. */
function turn(first: number, { column, cameFrom }: Path, { rowOf, columnOf }: Assignment): void {
  for (let [at, row] = [column, -1]; row !== first;) {
    row = cameFrom[at]!;
    const before = columnOf[row]!;
    rowOf[at] = row;
    columnOf[row] = at;
    at = before;
  }
}
